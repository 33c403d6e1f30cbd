"""What the analyses of perturbations left on disk, as the report shows it."""
import base64
import types


def figure4(setting):
    """Figure 4 as a data URI, or None where it is not drawn (types.SimpleNamespace: source, caption)."""
    path = setting.out / "figures" / "figure4.svg"
    if not path.is_file():
        return None
    source = f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"
    return types.SimpleNamespace(source=source, caption="Figure 4")


def attacks(setting, found):
    return types.SimpleNamespace(tables=[])


def interpretability(setting):
    return None
