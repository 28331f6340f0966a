using TurkishLlm.Model.Formats.PyTorch;

namespace TurkishLlm.Model.Formats;

/// <summary>Opens a file of weights by what it is, or by what it is called where that cannot be seen any more.</summary>
public static class TensorFile
{
    private static readonly string[] PyTorchExtensions = [".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>Opens a safetensors file or a PyTorch state dictionary. Nothing in it is executed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is neither, or is damaged; says how.</exception>
    public static ITensorFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no tensor file {path}.", path);
        return PyTorchFile.CanRead(path) || PyTorchExtensions.Contains(Path.GetExtension(path), StringComparer.Ordinal) ? PyTorchFile.Open(path) : SafetensorsFile.Open(path);
    }
}
