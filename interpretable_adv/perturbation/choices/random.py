"""A random direction, all equally likely (section 6.2, Random Perturbation)."""


class Choice:
    """Coordinates drawn from N(0, I), epsilon long."""

    needs_gradient = False

    def __call__(self, problem):
        return problem.on_sphere(problem.space.random(problem.generator))
