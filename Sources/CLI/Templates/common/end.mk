
.PHONY: check conform clean
check: $(LIBRARY)
	PATH="$(PROGRAMS):$$PATH" backplane check ./$(LIBRARY)
	PATH="$(PROGRAMS):$$PATH" conformance --plugin ./$(LIBRARY) --level $(LEVEL)

conform: $(LIBRARY)
	PATH="$(PROGRAMS):$$PATH" conformance --plugin ./$(LIBRARY) --level $(LEVEL)

clean:
	rm -f $(LIBRARY)
