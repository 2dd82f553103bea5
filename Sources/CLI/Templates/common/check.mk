
.PHONY: check conform clean
check: $(LIBRARY)
	PATH="$(BIN):$$PATH" backplane check ./$(LIBRARY)
	@$(MAKE) --no-print-directory conform

conform: $(LIBRARY)
	PATH="$(BIN):$$PATH" conformance --plugin ./$(LIBRARY) --level $(LEVEL)

clean:
	$(RM) $(LIBRARY)
