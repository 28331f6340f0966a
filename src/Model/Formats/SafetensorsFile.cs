using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// A safetensors file, opened for reading. Tensors are views of the memory-mapped file: nothing is copied, and tensors that are
/// not accessed are never read from the disk.
/// </summary>
/// <remarks>The format contains no executable code. Other programs must not truncate the file while it is open.</remarks>
public sealed class SafetensorsFile : ITensorFile
{
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, SafetensorsHeader.Entry> _entries;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;

    private SafetensorsFile(string path, SafetensorsHeader header, FileStream stream)
    {
        (Path, _header) = (path, header);
        _entries = header.Entries.ToDictionary(entry => entry.Tensor.Name, StringComparer.Ordinal);
        _mapping = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors => [.. _header.Entries.Select(entry => entry.Tensor)];

    /// <summary>Text metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is malformed; the message says how.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no tensor file {path}.", path);
        FileContent.RefusePlaceholder(path);

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new SafetensorsFile(path, new SafetensorsHeaderReader(path).Read(stream), stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Returns type and shape of a tensor.</summary>
    /// <exception cref="InvalidDataException">The tensor does not exist.</exception>
    public SafetensorsTensorInfo GetTensorInfo(string name) => GetEntry(name).Tensor;

    /// <summary>Returns true if the file has a tensor of this name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Returns the elements of a tensor, row-major, little-endian. Valid until the file is disposed.</summary>
    /// <typeparam name="T">
    /// A type as wide as the elements: <c>ushort</c> or <c>Half</c> for 16-bit floats, <c>byte</c> for the bytes of any tensor.
    /// </typeparam>
    /// <exception cref="InvalidDataException">The tensor does not exist, or its elements have another size.</exception>
    /// <exception cref="NotSupportedException">The tensor has more than 2³¹ − 1 elements of this size.</exception>
    public ReadOnlySpan<T> GetSpan<T>(string name)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        var (tensor, begin, end) = GetEntry(name);
        var size = Unsafe.SizeOf<T>();
        if (size != 1 && size != tensor.ElementSize)
            throw new InvalidDataException(
                $"{Path}: {tensor} has elements of {tensor.ElementSize} bytes and cannot be read as "
                    + $"{typeof(T).Name}, which has {size}.");

        var count = (end - begin) / size;
        if (count > int.MaxValue) throw new NotSupportedException($"{Path}: {tensor} is too large for one span.");

        // The header was validated against the file length, so the view contains these bytes.
        var address =
            _view.SafeMemoryMappedViewHandle.DangerousGetHandle() + (nint)(_view.PointerOffset + _header.DataStart + begin);
        ref var first = ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), address));
        return MemoryMarshal.CreateReadOnlySpan(ref first, (int)count);
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination)
    {
        var type = GetEntry(name).Tensor.Type;
        if (!FloatConversion.IsFloatingPoint(type))
            throw new InvalidDataException($"{Path}: {name} holds {type}, not floating-point numbers.");
        FloatConversion.Convert(type, GetSpan<byte>(name), destination);
    }

    /// <summary>Closes the file; its spans become invalid.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }

    private SafetensorsHeader.Entry GetEntry(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry
        : throw new InvalidDataException(
            $"{Path} has no tensor \"{name}\".{SpellingSuggestions.FormatHint(name, [.. _entries.Keys.Take(20)])}");
}
