# Configuration examples, units, scripts, completion
EXTRA_DIST += support/argus.conf support/ra.conf support/completion

# Completion is made from what the programs say of themselves.
support/argus-clients.bash: $(bin_PROGRAMS) support/completion
	$(AM_V_GEN)$(MKDIR_P) support && $(srcdir)/support/completion bash $(bin_PROGRAMS:%=./%) >$@.new && mv $@.new $@
support/_argus-clients: $(bin_PROGRAMS) support/completion
	$(AM_V_GEN)$(MKDIR_P) support && $(srcdir)/support/completion zsh $(bin_PROGRAMS:%=./%) >$@.new && mv $@.new $@
noinst_DATA = support/argus-clients.bash support/_argus-clients
CLEANFILES += $(noinst_DATA)

completiondir = $(datadir)/bash-completion/completions
zshdir = $(datadir)/zsh/site-functions
zsh_DATA = support/_argus-clients
install-data-local: support/argus-clients.bash
	$(MKDIR_P) $(DESTDIR)$(completiondir)
	for tool in $(bin_PROGRAMS); do $(INSTALL_DATA) support/argus-clients.bash $(DESTDIR)$(completiondir)/$$tool || exit 1; done
uninstall-local:
	for tool in $(bin_PROGRAMS); do rm -f $(DESTDIR)$(completiondir)/$$tool; done
dist_bin_SCRIPTS += support/argusarchive
EXTRA_DIST += support/racluster.conf support/rastream.sh support/rasplit.service support/argusarchive.service support/argusarchive.timer support/argus.cron
