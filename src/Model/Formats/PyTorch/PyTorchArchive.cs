using System.IO.Compression;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// The ZIP archive that <c>torch.save</c> writes: <c>NAME/data.pkl</c>, and <c>NAME/data/KEY</c> for each storage. Entries must
/// be stored without compression, so together they are no larger than the file; everything that is read is checked against its
/// CRC-32.
/// </summary>
internal sealed class PyTorchArchive : IDisposable
{
    // Four megabytes describe about twenty thousand tensors; their objects take less than half a gigabyte.
    private const long MaxPickleSize = 4_000_000;
    private const string PickleName = "data.pkl";

    private readonly string _file, _folder;
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private PyTorchArchive(string file, ZipArchive archive, long length)
    {
        (_file, _archive) = (file, archive);
        var total = 0L;
        foreach (var entry in archive.Entries)
        {
            if (!_entries.TryAdd(entry.FullName, entry)) throw CreateException($"it has two entries {entry.FullName}");
            if (entry.CompressedLength != entry.Length)
                throw CreateException($"{entry.FullName} is compressed, which torch.save never does");
            if (entry.Length > length || (total += entry.Length) > length)
                throw CreateException($"its entries would hold more than the {length} bytes of the file");
        }

        if (_entries.Keys.Any(name => name.EndsWith("/constants.pkl", StringComparison.Ordinal)))
        {
            const string call = "torch.save(model.state_dict(), FILE)";
            throw CreateException($"it is a TorchScript program, not weights. Save its state dictionary instead: {call}");
        }
        var pickles = _entries.Keys.Where(name => name.EndsWith($"/{PickleName}", StringComparison.Ordinal)).ToArray();
        if (pickles is not [var pickle]) throw CreateException($"it has {pickles.Length} entries {PickleName} instead of one");
        _folder = pickle[..^PickleName.Length];
        if (
            _entries.TryGetValue($"{_folder}byteorder", out var order)
            && !Read(order, maxLength: 16).AsSpan().SequenceEqual("little"u8))
            throw CreateException($"its numbers are not little-endian. Save it again on a little-endian machine");
    }

    public static PyTorchArchive Open(string file)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var archive = TranslateErrors(file, () =>
            {
                var zip = new ZipArchive(stream, ZipArchiveMode.Read);
                _ = zip.Entries;      // reads the central directory
                return zip;
            });
            return new PyTorchArchive(file, archive, stream.Length);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the pickle, which describes the content of the file.</summary>
    public byte[] ReadPickle() => Read(_entries[_folder + PickleName], MaxPickleSize);

    /// <summary>Reads the bytes of a storage.</summary>
    /// <exception cref="InvalidDataException">
    /// The storage is missing, damaged, or has another size than in the pickle.
    /// </exception>
    public byte[] ReadStorage(PyTorchStorage storage)
    {
        var name = $"{_folder}data/{storage.Key}";
        if (!_entries.TryGetValue(name, out var entry)) throw CreateException($"its entry {name} is missing");
        var size = new SafetensorsTensorInfo(name, storage.Type).ElementSize;
        if (entry.Length % size != 0 || entry.Length / size != storage.Count)
        {
            var need = (decimal)storage.Count * size;
            throw CreateException(
                $"{name} has {entry.Length} bytes, but {storage.Count} elements of type {storage.Type} need {need}");
        }
        return Read(entry, Array.MaxLength);
    }

    public void Dispose() => _archive.Dispose();

    private byte[] Read(ZipArchiveEntry entry, long maxLength)
    {
        if (entry.Length > maxLength)
            throw CreateException($"{entry.FullName} has {entry.Length} bytes, more than the {maxLength} allowed");
        var bytes = TranslateErrors(_file, () =>
        {
            var all = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(all);
            return all;
        });
        if (Crc32.HashToUInt32(bytes) is var found && found != entry.Crc32)
            throw CreateException(
                $"{entry.FullName} is damaged: its CRC-32 is {found:x8}, the archive says {entry.Crc32:x8}. Copy the file again");
        return bytes;
    }

    // .NET throws several exception types for truncated or invalid archives.
    private static T TranslateErrors<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error)
            when (error
                    is InvalidDataException
                        or EndOfStreamException
                        or ArgumentException
                        or NotSupportedException
                        or OverflowException)
        {
            throw new InvalidDataException(
                $"{file} is damaged or truncated: it is not a complete ZIP archive ({error.Message.TrimEnd('.')}). "
                    + "Copy it again.",
                error);
        }
    }

    private InvalidDataException CreateException(FormattableString what) =>
        new($"{_file} is not a PyTorch file that can be read: {Invariant(what)}.");
}
