using TurkishLlm.Model.Formats.PyTorch;

namespace TurkishLlm.Model.Formats;

/// <summary>Opens a weights file by its content, or by its extension if the content is not recognizable.</summary>
public static class TensorFile
{
    private static readonly string[] PyTorchExtensions = [".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>Opens a safetensors file or a PyTorch state dictionary. Executes no code from the file.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is neither, or is damaged; the message says how.</exception>
    public static ITensorFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no tensor file {path}.", path);
        return PyTorchFile.CanRead(path) || PyTorchExtensions.Contains(Path.GetExtension(path), StringComparer.Ordinal)
            ? PyTorchFile.Open(path)
            : SafetensorsFile.Open(path);
    }
}
