using System.Runtime.InteropServices;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// A state dictionary written by <c>torch.save</c> (PyTorch 1.6 or later), opened for reading. Executes no code from the file,
/// regardless of what its pickle contains; all bytes that are used are checked against their CRC-32.
/// </summary>
/// <remarks>
/// Views, shared storages and any strides are read as in PyTorch. Source: torch/serialization.py; torch/_utils.py,
/// _rebuild_tensor_v2. Spec: CKP-21.
/// </remarks>
public sealed class PyTorchFile : ITensorFile
{
    private readonly PyTorchArchive _archive;
    private readonly IReadOnlyDictionary<string, PyTorchTensor> _tensors;
    private (PyTorchStorage? Of, byte[] Bytes) _last = (null, []);      // consecutive tensors are often views of one storage

    private PyTorchFile(string path, PyTorchArchive archive)
    {
        (Path, _archive) = (path, archive);
        _tensors = StateDictionary.Find(new Unpickler(archive.ReadPickle(), path).Load(), path);
        Tensors =
        [
            .. _tensors.Select(entry => new SafetensorsTensorInfo(entry.Key, entry.Value.Storage.Type, entry.Value.Shape)),
        ];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The weights, in the order of the file. Optimizer state in the file is ignored.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Returns true for files written by PyTorch, in this or an older format.</summary>
    public static bool CanRead(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        return stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && (start.SequenceEqual("PK"u8) || IsPickle(start));
    }

    /// <summary>Opens a file and validates its pickle.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is malformed, has an older format, or contains anything but weights; the message says what, and at which byte.
    /// </exception>
    public static PyTorchFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no PyTorch file {path}.", path);
        ThrowIfLegacyFormat(path);
        var archive = PyTorchArchive.Open(path);
        try
        {
            return new PyTorchFile(path, archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new InvalidDataException(
                $"{Path} has no tensor \"{name}\"." + $"{SpellingSuggestions.FormatHint(name, [.. _tensors.Keys.Take(20)])}");
        var type = tensor.Storage.Type;
        if (!FloatConversion.IsFloatingPoint(type))
            throw new InvalidDataException($"{Path}: {name} holds {type}, not floating-point numbers.");
        var bytes = ReadStorage(tensor.Storage);
        switch (new SafetensorsTensorInfo(name, type).ElementSize)
        {
            case 2: Read<ushort>(tensor, bytes, destination); break;
            case 4: Read<float>(tensor, bytes, destination); break;
            default: Read<double>(tensor, bytes, destination); break;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _archive.Dispose();

    private static void Read<T>(PyTorchTensor tensor, byte[] storage, Span<float> to)
        where T : unmanaged
    {
        if (to.IsEmpty) return;      // the offset of a tensor without elements is not checked
        var elements = MemoryMarshal.Cast<byte, T>(storage);
        var picked = tensor.IsContiguous
            ? elements.Slice((int)tensor.Offset, to.Length)
            : Gather(tensor, elements, new T[to.Length]);
        FloatConversion.Convert(tensor.Storage.Type, MemoryMarshal.AsBytes(picked), to);
    }

    // Increments the indices, the last axis fastest.
    private static T[] Gather<T>(PyTorchTensor tensor, ReadOnlySpan<T> elements, T[] picked)
    {
        var index = new long[tensor.Shape.Length];
        var at = tensor.Offset;
        for (var i = 0; i < picked.Length; i++)
        {
            picked[i] = elements[(int)at];
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                at += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis]) break;
                at -= tensor.Strides[axis] * tensor.Shape[axis];
                index[axis] = 0;
            }
        }
        return picked;
    }

    private byte[] ReadStorage(PyTorchStorage storage)
    {
        if (_last.Of != storage) _last = (storage, _archive.ReadStorage(storage));
        return _last.Bytes;
    }

    // Before 1.6 a file was a pickle, and before 0.1.10 a tar archive.
    private static void ThrowIfLegacyFormat(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        if (stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && IsPickle(start))
            throw new InvalidDataException(
                $"{path} has the format of PyTorch before 1.6, or was saved with "
                    + "_use_new_zipfile_serialization=False, which is not supported. "
                + "Save it again on a machine where you trust the file: "
                    + $"torch.save(torch.load(\"{System.IO.Path.GetFileName(path)}\", map_location=\"cpu\"), NEW)");
    }

    private static bool IsPickle(ReadOnlySpan<byte> start) => start[0] == 0x80 && start[1] is >= 2 and <= 5;
}
