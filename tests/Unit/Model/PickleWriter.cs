using System.IO.Compression;
using System.Text;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>Writes PyTorch files of nested dictionaries, in which every tensor is the same [2, 3] of float32.</summary>
internal static class PickleWriter
{
    /// <summary>Stands for the tensor in the dictionaries passed to <see cref="Write"/>.</summary>
    public static readonly object Tensor = new();

    /// <summary>A tensor of [0, 3] with an offset beyond its storage.</summary>
    public static readonly object EmptyTensor = new();

    /// <summary>Stands for the options of a training script.</summary>
    public static readonly object Namespace = new();

    /// <summary>Stands for a number that is a NumPy scalar.</summary>
    public static readonly object NumPyNumber = new();

    /// <summary>Writes a file as <c>torch.save</c> would.</summary>
    public static void Write(string file, object value)
    {
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2]);
        Append(pickle, value);
        pickle.WriteByte((byte)'.');
        using var archive = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        Add(archive, "archive/data.pkl", pickle.ToArray());
        Add(archive, "archive/data/0", [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes(i - 2.5f))]);
    }

    private static void Append(MemoryStream to, object value)
    {
        switch (value)
        {
            case string text:
                to.WriteByte((byte)'X');
                to.Write(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)));
                to.Write(Encoding.UTF8.GetBytes(text));
                break;
            case int number:
                to.WriteByte((byte)'J');
                to.Write(BitConverter.GetBytes(number));
                break;
            case IEnumerable<KeyValuePair<object, object>> entries:
                to.Write("}("u8);
                foreach (var (key, inner) in entries)
                {
                    Append(to, key);
                    Append(to, inner);
                }
                to.WriteByte((byte)'u');
                break;
            case var options when options == Namespace:
                to.Write("cargparse\nNamespace\n)"u8);
                to.Write([0x81, (byte)'}']);
                Append(to, "lr");
                Append(to, 3);
                to.Write("sb"u8);
                break;
            case var number when number == NumPyNumber:
                to.Write("cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n("u8);
                Append(to, "f8");
                to.Write("K\0K\u0001tR(K\u0003NNtbc_codecs\nencode\n("u8);
                Append(to, "\0\0\0\0\0\0\u00f8?");
                Append(to, "latin1");
                to.Write("tRtR"u8);
                break;
            default:
                to.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
                Append(to, "storage");
                to.Write("ctorch\nFloatStorage\n"u8);
                Append(to, "0");
                Append(to, "cpu");
                to.Write(value == EmptyTensor ? "K\u0006tQK\u0009K\0K\u0003"u8 : "K\u0006tQK\0K\u0002K\u0003"u8);
                to.Write([0x86, (byte)'K', 3, (byte)'K', 1, 0x86, 0x89, (byte)'}', (byte)'t', (byte)'R']);
                break;
        }
    }

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }
}
