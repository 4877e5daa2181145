"""Engines that mirror runs and versions to an experiment tracker."""
