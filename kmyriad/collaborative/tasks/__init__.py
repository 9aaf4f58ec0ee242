"""What Collaborative Exploration's agents live in. dm_control loads late."""
