using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>
/// A GGUF file of version 3, opened for reading: metadata, and tensors of the memory-mapped file. Tensors that are not accessed
/// are never read from the disk.
/// </summary>
/// <remarks>
/// The format contains no executable code. Other programs must not truncate the file while it is open. Spec: GGF-01, GGF-02.
/// Source: ggml, docs/gguf.md.
/// </remarks>
public sealed class GgufFile : ITensorFile
{
    private readonly GgufHeader _header;
    private readonly Dictionary<string, GgufHeader.Entry> _entries;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;

    private GgufFile(string path, GgufHeader header, FileStream stream)
    {
        (Path, _header) = (path, header);
        _entries = header.Entries.ToDictionary(entry => entry.Tensor.Name, StringComparer.Ordinal);
        _mapping = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata => _header.Metadata;

    /// <summary>The tensors with the types that the file stores, in the order of their data.</summary>
    public IReadOnlyList<GgufTensorInfo> StoredTensors => [.. _header.Entries.Select(entry => entry.Tensor)];

    /// <summary>The tensors with the types that reading gives: quantized tensors are F32.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors =>
        [.. StoredTensors.Select(tensor => new SafetensorsTensorInfo(
            tensor.Name, GgufBlocks.ToSafetensors(tensor.Type), tensor.Shape))];

    /// <summary>Returns true if a file begins as a GGUF file does.</summary>
    public static bool CanRead(string path)
    {
        Span<byte> head = stackalloc byte[4];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual("GGUF"u8);
    }

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is malformed; the message says how.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no tensor file {path}.", path);
        FileContent.RefusePlaceholder(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            using var reader = new GgufHeaderReader(path, stream);
            return new(path, reader.Read(), stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Returns the bytes of a tensor. Valid until the file is disposed.</summary>
    /// <exception cref="InvalidDataException">The tensor does not exist.</exception>
    /// <exception cref="NotSupportedException">The tensor has more than 2³¹ − 1 bytes.</exception>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        var entry = GetEntry(name);
        if (entry.Tensor.ByteCount > int.MaxValue)
            throw new NotSupportedException($"{Path}: {entry.Tensor} is too large for one span.");
        // The header was validated against the file length, so the view contains these bytes.
        var address = _view.SafeMemoryMappedViewHandle.DangerousGetHandle()
            + (nint)(_view.PointerOffset + _header.DataStart + entry.Begin);
        ref var first = ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), address);
        return MemoryMarshal.CreateReadOnlySpan(ref first, (int)entry.Tensor.ByteCount);
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) =>
        GgufBlocks.Decode(GetEntry(name).Tensor.Type, GetBytes(name), destination);

    /// <summary>Closes the file; its spans become invalid.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }

    private GgufHeader.Entry GetEntry(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry
        : throw new InvalidDataException(
            $"{Path} has no tensor \"{name}\".{SpellingSuggestions.FormatHint(name, [.. _entries.Keys.Take(20)])}");
}
