# The labs: starting one, grading it, and proving that all of them work.
lab-start: setup ## begin a lab: make lab-start LAB=4 TO=directory
	@$(PYTHON) lab/start.py --lab "$(LAB)" --to "$(TO)"
grade: setup ## score a lab in the tree where it was begun: make grade LAB=4 [ARCH=…]
	@$(PYTHON) lab/grade.py --lab "$(LAB)" --architectures "$(TEST_ARCHITECTURES)"
labs-check: setup ## prove for all labs and architectures that starters fail and solutions get full marks
	@$(PYTHON) lab/check.py --architectures "$(TEST_ARCHITECTURES)"
.PHONY: lab-start grade labs-check
