using System.Runtime.InteropServices;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// A state dictionary that <c>torch.save</c> wrote (PyTorch 1.6 or later), opened for reading. Nothing in it is executed,
/// whatever its pickle asks for; every byte that is used was checked against its CRC-32.
/// </summary>
/// <remarks>
/// Views, shared storages and any order of elements are read as PyTorch means them. Source: torch/serialization.py;
/// torch/_utils.py, _rebuild_tensor_v2. Spec: CKP-21.
/// </remarks>
public sealed class PyTorchFile : ITensorFile
{
    private readonly PyTorchArchive _archive;
    private readonly IReadOnlyDictionary<string, PyTorchTensor> _tensors;
    private (PyTorchStorage? Of, byte[] Bytes) _last = (null, []);      // views of one storage often follow one another

    private PyTorchFile(string path, PyTorchArchive archive)
    {
        (Path, _archive) = (path, archive);
        _tensors = StateDictionary.Find(new Unpickler(archive.ReadPickle(), path).Load(), path);
        Tensors = [.. _tensors.Select(entry => new SafetensorsTensorInfo(entry.Key, entry.Value.Storage.Type, entry.Value.Shape))];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The weights, in the order of the file. An optimizer beside them is left alone.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>True for files that PyTorch wrote, of this format or an older one.</summary>
    public static bool CanRead(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        return stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && (start.SequenceEqual("PK"u8) || IsPickle(start));
    }

    /// <summary>Opens a file and checks all of its description.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, of an older format, or holds anything but weights; says what, and where.</exception>
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
            throw new InvalidDataException($"{Path} has no tensor \"{name}\".{SpellingSuggestions.FormatHint(name, [.. _tensors.Keys.Take(20)])}");
        var type = tensor.Storage.Type;
        if (!FloatConversion.IsFloatingPoint(type)) throw new InvalidDataException($"{Path}: {name} holds {type}, not floating-point numbers.");
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
        var elements = MemoryMarshal.Cast<byte, T>(storage);
        var picked = tensor.IsContiguous ? elements.Slice((int)tensor.Offset, to.Length) : Gather(tensor, elements, new T[to.Length]);
        FloatConversion.Convert(tensor.Storage.Type, MemoryMarshal.AsBytes(picked), to);
    }

    // Counts through the indices, the last axis fastest.
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
                $"{path} has the format of PyTorch before 1.6, or was saved with _use_new_zipfile_serialization=False; it is not read. "
                + $"Save it anew where you trust it: torch.save(torch.load(\"{System.IO.Path.GetFileName(path)}\", map_location=\"cpu\"), NEW)");
    }

    private static bool IsPickle(ReadOnlySpan<byte> start) => start[0] == 0x80 && start[1] is >= 2 and <= 5;
}
