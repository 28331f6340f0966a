using TurkishLlm.Files;
using TurkishLlm.Model.Formats.PyTorch;

namespace TurkishLlm.Model.Formats;

/// <summary>Opens a weights file by its content, or by its extension if the content is not recognizable.</summary>
public static class TensorFile
{
    private static readonly string[] PyTorchExtensions = [".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>
    /// Opens a safetensors file, a PyTorch state dictionary, or all files of an index of these. Executes no code from the file.
    /// </summary>
    /// <param name="path">The file, an index, or one of the files of an index beside it.</param>
    /// <exception cref="FileNotFoundException">The file, or a file of the index, does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is none of these, or is damaged; the message says how.</exception>
    public static ITensorFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no tensor file {path}.", path);
        if (path.EndsWith(ShardedTensorFile.IndexExtension, StringComparison.Ordinal)) return ShardedTensorFile.Open(path);
        return ShardedTensorFile.FindIndex(path) is { } index && File.Exists(index)
            ? ShardedTensorFile.Open(index)
            : OpenSingle(path);
    }

    internal static ITensorFile OpenSingle(string path)
    {
        FileContent.RefusePlaceholder(path);
        Span<byte> head = stackalloc byte[9];
        using (var stream = File.OpenRead(path)) head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (LooksLikeSafetensors(head)) return SafetensorsFile.Open(path);
        RefuseOtherFormat(path, head);
        return PyTorchFile.CanRead(path) || PyTorchExtensions.Contains(Path.GetExtension(path), StringComparer.Ordinal)
            ? PyTorchFile.Open(path)
            : SafetensorsFile.Open(path);
    }

    // Formats that people have weights in. Each is recognized by its first bytes.
    private static void RefuseOtherFormat(string path, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("GGUF"u8))
            throw new InvalidDataException(
                $"{path} is a model for llama.cpp. Import it first: turkishllm checkpoint import {path} OUTPUT");
        var format =
            head.StartsWith("ggml"u8) || head.StartsWith("tjgg"u8) ? "a file of an old llama.cpp"
            : head.Length > 5 && head[1..].StartsWith("NUMPY"u8) ? "a NumPy array"
            : head.Length > 3 && head[1..].StartsWith("HDF"u8) ? "an HDF5 file of Keras"
            : null;
        if (format is null && FileContent.Detect(path) is var kind and not (FileKind.Text or FileKind.Zip))
            format = FileContent.Describe(kind);
        if (format is not null)
            throw new InvalidDataException(
                $"{path} is {format}, not weights that can be read. "
                    + "Give a safetensors file or a PyTorch state dictionary (.pt).");
    }

    // Eight bytes of length, of which the upper ones are zero, and the header.
    private static bool LooksLikeSafetensors(ReadOnlySpan<byte> head) =>
        head.Length == 9 && head[5..8].IndexOfAnyExcept((byte)0) < 0 && head[8] == '{';
}
