# hash
// slashes
/* one */ a = 1 # after
/* several
   lines */
b = 2 // after
