"""What end-to-end tests need: servers, events, REST, a network that fails."""
