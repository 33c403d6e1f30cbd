"""The direction in which the divergence grows fastest (Eq. 9, 17, 20, 21)."""


class Choice:
    """One step along the gradient, epsilon long."""

    needs_gradient = True

    def __call__(self, problem):
        return problem.on_sphere(problem.slope)
