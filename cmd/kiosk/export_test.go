package main

// Toolkit is the environment that the supervisor gives a show.
var Toolkit = toolkit
