using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace TurkishLlm.Spec.Oracles;

/// <summary>Writes tensors as <c>torch.save</c> does: the elements of a storage, and views of them.</summary>
/// <remarks>Source: torch/serialization.py; Python's Lib/pickletools.py. Shares nothing with the reader that is judged.</remarks>
public static class PyTorchWriter
{
    /// <summary>Writes a state dictionary of views of one storage.</summary>
    /// <param name="path">The file.</param>
    /// <param name="storageName">PyTorch's name of the storage, such as <c>FloatStorage</c>.</param>
    /// <param name="elements">Its bytes.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="tensors">Name, first element, sizes and strides of each tensor.</param>
    public static void Write(
        string path,
        string storageName, byte[] elements, int count,
        params (string Name, long Offset, IReadOnlyList<long> Sizes, IReadOnlyList<long> Strides)[] tensors)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        AddEntry(archive, "weights/data.pkl", Pickle(storageName, count, tensors));
        AddEntry(archive, "weights/data/0", elements);
        AddEntry(archive, "weights/version", "3\n"u8.ToArray());
    }

    private static void AddEntry(ZipArchive archive, string name, byte[] bytes)
    {
        using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    private static byte[] Pickle(
        string storageName, int count,
        (string Name, long Offset, IReadOnlyList<long> Sizes, IReadOnlyList<long> Strides)[] tensors)
    {
        using var pickle = new MemoryStream();
        Say("\x80\x02}(");
        foreach (var (name, offset, sizes, strides) in tensors)
        {
            Text(name);
            Say("ctorch._utils\n_rebuild_tensor_v2\n((");
            Text("storage");
            Say($"ctorch\n{storageName}\n");
            Text("0");
            Text("cpu");
            Number(count);
            Say("tQ");
            Number(offset);
            Numbers(sizes);
            Numbers(strides);
            Say("\x89" + "ccollections\nOrderedDict\n)RtR");
        }
        Say("u.");
        return pickle.ToArray();

        void Say(string code) => pickle.Write(Encoding.Latin1.GetBytes(code));

        void Text(string value)
        {
            var (bytes, length) = (Encoding.UTF8.GetBytes(value), new byte[4]);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            Say("X");
            pickle.Write(length);
            pickle.Write(bytes);
        }

        void Number(long value)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            Say("\x8a\x08");
            pickle.Write(bytes);
        }

        void Numbers(IReadOnlyList<long> values)
        {
            Say("(");
            foreach (var value in values) Number(value);
            Say("t");
        }
    }
}
