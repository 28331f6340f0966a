using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Model.Formats;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Property.Training;

/// <summary>Files of PyTorch with some bytes changed: refused, or read as they were written.</summary>
public sealed class PyTorchProperties : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A byte that is not under a checksum may rename an entry or say nothing; what is read is what was written all the same.
    [Theory]
    [InlineData("views.pt")]
    [InlineData("model.pt")]
    public void Any_damage_is_refused_as_such_or_changes_no_number(string name)
    {
        var original = File.ReadAllBytes(Path.Combine(ReferenceRun.Fixtures, "pytorch", name));
        var expected = Read(Write(original))!;
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<int>>(), ArbMap.Default.ArbFor<int>(), (places, seed) =>
        {
            var random = new Random(seed);
            var bytes = original.ToArray();
            foreach (var _ in places.Get.Take(3)) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            return Read(Write(bytes)) is not { } read
                || read.All(entry =>
                    !expected.TryGetValue(entry.Key, out var numbers) || numbers.AsSpan().SequenceEqual(entry.Value));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var original = File.ReadAllBytes(Path.Combine(ReferenceRun.Fixtures, "pytorch", "views.pt"));
        Prop.ForAll(Gen.Choose(0, original.Length - 1).ToArbitrary(), length => Read(Write(original[..length])) is null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    // The pickle is damaged and its checksum made right again, as somebody with bad intent would do it.
    [Fact]
    public void A_pickle_of_any_bytes_does_no_more_than_be_refused_or_describe_tensors_within_the_file()
    {
        var original = File.ReadAllBytes(Path.Combine(ReferenceRun.Fixtures, "broken", "pytorch", "valid.pt"));
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<int>(), (noise, seed) =>
        {
            var (random, bytes) = (new Random(seed), original.ToArray());
            var begin =
                30
                + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(26))
                + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(28));
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18));
            foreach (var value in noise.Get)
                bytes[begin + random.Next(length)] =
                    value % 2 == 0 ? value : (byte)".(NtRqhcbsue}]aX\x85\x86\x87\x8aKMJQ"[value % 24];
            var checksum = Checksum(bytes.AsSpan(begin, length));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(14), checksum);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.AsSpan().IndexOf("PK\x01\x02"u8) + 16), checksum);
            return (Read(Write(bytes)) ?? []).Values.Sum(numbers => (long)numbers.Length) <= 6 * 40;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    /// <summary>The floating-point tensors; null when the file is refused.</summary>
    private static Dictionary<string, float[]>? Read(string file)
    {
        try
        {
            using var read = TensorFile.Open(file);
            return read
                .Tensors.Where(t =>
                    t.Type is SafetensorsDtype.F16 or SafetensorsDtype.BF16 or SafetensorsDtype.F32 or SafetensorsDtype.F64)
                .ToDictionary(
                    t => t.Name,
                    t =>
            {
                var numbers = new float[t.ElementCount];
                read.ReadFloat32(t.Name, numbers);
                return numbers;
            });
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // Bit by bit, from the definition.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }

    private string Write(byte[] bytes)
    {
        var file = Path.Combine(_folder, "any.pt");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
