using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Model.Formats;

namespace TurkishLlm.Tests.Property.Training;

public sealed class SafetensorsProperties : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-").FullName;

    private static Gen<SafetensorsTensorInfo[]> Tensors { get; } =
        from names in ArbMap.Default.GeneratorFor<NonEmptyString[]>()
        from tensors in Gen.CollectToArray(
            names.Select(n => n.Get).Where(IsText).Distinct(StringComparer.Ordinal).Where(n => n != "__metadata__"),
            name => from type in Gen.Elements(Enum.GetValues<SafetensorsDtype>())
                    from shape in Gen.ArrayOf(Gen.Choose(0, 5).Select(size => (long)size), 3)
                    from axes in Gen.Choose(0, 3)
                    select new SafetensorsTensorInfo(name, type, [.. shape.Take(axes)]))
        select tensors;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_back_any_tensors_of_any_shape_byte_for_byte() =>
        Prop.ForAll(Tensors.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (tensors, seed) =>
        {
            var random = new Random(seed);
            var written = tensors.ToDictionary(t => t.Name, t => Bytes(random, t.ByteCount));
            var file = Write(tensors, written);

            using var read = SafetensorsFile.Open(file);
            return read.Tensors.ToHashSet().SetEquals(tensors)
                && tensors.All(t => read.GetSpan<byte>(t.Name).SequenceEqual(written[t.Name]));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void A_damaged_file_is_refused_as_such_or_reads_within_its_bounds() =>
        Prop.ForAll(
                Tensors.ToArbitrary(), ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<byte[]>(),
                (tensors, seed, noise) =>
        {
            var random = new Random(seed);
            var file = Write(tensors, tensors.ToDictionary(t => t.Name, t => Bytes(random, t.ByteCount)));
            Damage(file, random, noise);
            return OpensOrRefuses(file);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Arbitrary_bytes_never_do_more_than_be_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var file = Path.Combine(_folder, "any.safetensors");
            var whole = new byte[8 + 1 + bytes.Length];
            BinaryPrimitives.WriteInt64LittleEndian(whole, 1 + bytes.Length);
            whole[8] = (byte)'{';
            bytes.CopyTo(whole, 9);
            File.WriteAllBytes(file, whole);
            return OpensOrRefuses(file);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static bool IsText(string text) => text.All(c => !char.IsSurrogate(c));

    private static byte[] Bytes(Random random, long count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    // Replaces, cuts or doubles some bytes of the header, where damage is likely to be noticed late.
    private static void Damage(string file, Random random, byte[] noise)
    {
        var bytes = File.ReadAllBytes(file).ToList();
        foreach (var value in noise.Append((byte)random.Next(256)))
        {
            var at = random.Next(bytes.Count);
            if (value % 3 == 0) bytes[at] = (byte)random.Next(256);
            else if (value % 3 == 1) bytes[at] = (byte)"0123456789{}[]\",:"[random.Next(17)];
            else if (bytes.Count > 1) bytes.RemoveAt(at);
        }

        File.WriteAllBytes(file, [.. bytes]);
    }

    private static bool OpensOrRefuses(string file)
    {
        try
        {
            using var read = SafetensorsFile.Open(file);
            return read.Tensors.Sum(t => (long)read.GetSpan<byte>(t.Name).ToArray().Length) <= new FileInfo(file).Length;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private string Write(SafetensorsTensorInfo[] tensors, Dictionary<string, byte[]> bytes)
    {
        var file = Path.Combine(_folder, "model.safetensors");
        using var writer = SafetensorsWriter.Create(file, tensors);
        foreach (var tensor in writer.Tensors) writer.Write<byte>(tensor.Name, bytes[tensor.Name]);
        writer.Finish();
        return file;
    }
}
