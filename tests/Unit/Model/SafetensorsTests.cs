using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Model.Formats;

namespace TurkishLlm.Tests.Unit.Model;

[Trait("Suite", "Fast")]
public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "model.safetensors";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_back_every_element_of_every_type()
    {
        using (var writer = SafetensorsWriter.Create(
            File,
            [
                new("ağırlık", SafetensorsDtype.F32, 2, 3), new("half", SafetensorsDtype.BF16, 3),
                new("ids", SafetensorsDtype.I64, 2), new("flag", SafetensorsDtype.U8, 1), new("moment", SafetensorsDtype.F64),
            ],
            new Dictionary<string, string> { ["step"] = "100", ["dil"] = "Türkçe" }))
        {
            writer.Tensors.Select(t => t.Name).Should().Equal("ids", "moment", "ağırlık", "half", "flag");
            writer.Write<long>("ids", [-7, long.MaxValue]);
            writer.Write<double>("moment", [Math.PI]);
            writer.Write<float>("ağırlık", [1.5f, -2.25f]);
            writer.Write<float>("ağırlık", [float.NaN, 4, 5, float.NegativeInfinity]);
            writer.Write<ushort>("half", [0x3F80, 0xC000, 0x7FC0]);
            writer.Write<byte>("flag", [200]);
            writer.Finish();
        }

        using var file = SafetensorsFile.Open(File);
        file.GetTensorInfo("ağırlık").Should().Be(new SafetensorsTensorInfo("ağırlık", SafetensorsDtype.F32, 2, 3));
        file.GetTensorInfo("moment").Shape.Should().BeEmpty();
        file.GetSpan<long>("ids").ToArray().Should().Equal(-7, long.MaxValue);
        file.GetSpan<double>("moment").ToArray().Should().Equal(Math.PI);
        file.GetSpan<float>("ağırlık").ToArray().Should().Equal(1.5f, -2.25f, float.NaN, 4, 5, float.NegativeInfinity);
        file.GetSpan<ushort>("half").ToArray().Should().Equal(0x3F80, 0xC000, 0x7FC0);
        file.GetSpan<byte>("flag").ToArray().Should().Equal(200);
        file.Metadata.Should().BeEquivalentTo(new Dictionary<string, string> { ["step"] = "100", ["dil"] = "Türkçe" });
    }

    [Fact]
    public void Writes_the_very_bytes_of_the_format()
    {
        WriteTwo(new("b", SafetensorsDtype.U8, 3), new("a", SafetensorsDtype.I16, 2));

        const string header =
            """{"__metadata__":{"k":"v"},"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}""";
        var length = (header.Length + 7) / 8 * 8;
        var expected = new byte[8 + length + 7];
        BinaryPrimitives.WriteInt64LittleEndian(expected, length);
        Encoding.ASCII.GetBytes(header.PadRight(length)).CopyTo(expected, 8);
        new byte[] { 1, 2, 3, 4, 9, 8, 7 }.CopyTo(expected, 8 + length);
        System.IO.File.ReadAllBytes(File).Should().Equal(expected);
    }

    [Fact]
    public void Gives_the_same_bytes_whatever_the_order_of_declaration()
    {
        var one = WriteTwo(new("b", SafetensorsDtype.U8, 3), new("a", SafetensorsDtype.I16, 2));
        var bytes = System.IO.File.ReadAllBytes(File);
        var other = WriteTwo(new("a", SafetensorsDtype.I16, 2), new("b", SafetensorsDtype.U8, 3));

        System.IO.File.ReadAllBytes(File).Should().Equal(bytes);
        other.Should().Be(one);
        one.Should().Be(Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public void Keeps_tensors_without_elements()
    {
        using (
            var writer = SafetensorsWriter.Create(
                File,
                [new("empty", SafetensorsDtype.F32, 4, 0), new("one", SafetensorsDtype.F32, 1)]))
        {
            writer.Write<float>("empty", []);
            writer.Write<float>("one", [3]);
            writer.Finish();
        }

        using var file = SafetensorsFile.Open(File);
        file.GetSpan<float>("empty").Length.Should().Be(0);
        file.GetSpan<float>("one").ToArray().Should().Equal(3);
    }

    [Fact]
    public void Refuses_to_finish_before_every_tensor_is_complete()
    {
        using var writer = SafetensorsWriter.Create(File, [new("w", SafetensorsDtype.F32, 3)]);
        writer.Write<float>("w", [1, 2]);
        var act = writer.Finish;
        act.Should()
            .Throw<InvalidOperationException>()
            .WithMessage("*model.safetensors: w F32[3] has 12 bytes, but only 8 were written.");
    }

    [Fact]
    public void Refuses_elements_out_of_turn_or_beyond_the_end()
    {
        using var writer = SafetensorsWriter.Create(File, [new("a", SafetensorsDtype.F32, 1), new("b", SafetensorsDtype.F32, 1)]);
        var early = () => writer.Write<float>("b", [1]);
        early.Should().Throw<InvalidOperationException>().WithMessage("*\"b\" was written out of order; next is a F32[1].");
        var many = () => writer.Write<float>("a", [1, 2]);
        many.Should().Throw<InvalidOperationException>().WithMessage("*a F32[1] has 4 bytes, but 8 were written.");
    }

    [Fact]
    public void Refuses_two_tensors_of_one_name()
    {
        var act = () => SafetensorsWriter.Create(File, [new("a", SafetensorsDtype.F32, 1), new("a", SafetensorsDtype.U8, 1)]);
        act.Should().Throw<ArgumentException>().WithMessage("There are two tensors called \"a\".*");
    }

    [Fact]
    public void Refuses_to_read_elements_as_another_size()
    {
        WriteTwo(new("b", SafetensorsDtype.U8, 3), new("a", SafetensorsDtype.I16, 2));
        using var file = SafetensorsFile.Open(File);
        var act = () => file.GetSpan<float>("a").Length;
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("*a I16[2] has elements of 2 bytes and cannot be read as Single, which has 4.");
    }

    [Fact]
    public void Names_the_tensor_that_was_probably_meant()
    {
        WriteTwo(new("norm.weight", SafetensorsDtype.U8, 3), new("a", SafetensorsDtype.I16, 2), "norm.weight");
        using var file = SafetensorsFile.Open(File);
        var act = () => file.GetTensorInfo("norm.weigth");
        act.Should().Throw<InvalidDataException>().WithMessage("* has no tensor \"norm.weigth\". Did you mean \"norm.weight\"?");
    }

    [Fact]
    public void Refuses_to_read_after_it_was_closed()
    {
        WriteTwo(new("b", SafetensorsDtype.U8, 3), new("a", SafetensorsDtype.I16, 2));
        var file = SafetensorsFile.Open(File);
        file.Dispose();
        var act = () => file.GetSpan<byte>("b").Length;
        act.Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7,
        "its tensors need 8 bytes, but only 7 follow the header: the file was truncated")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9,
        "its tensors need 8 bytes, but 9 follow the header: the rest belongs to no tensor")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4,
        "a F32[2] needs 8 bytes, but its data_offsets give it 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "\"a\" ends at byte 0, before it begins at 8")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "data_offsets of \"a\" has 3 numbers instead of 2")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
        "a F32[1] begins at byte 4, but the previous data ends at 0: bytes between belong to no tensor")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6,
        "b U8[4] begins at byte 2, inside the previous tensor, which ends at 4")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2,
        "\"a\" occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "dtype of \"a\" occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"size":1}}""", 1, "\"a\" has an unknown key \"size\"")]
    [InlineData(
        """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,1]}}""", 1,
        "\"a\" has the unknown dtype \"F33\"; known dtypes: BOOL, *")]
    [InlineData("""{"a":{"dtype":"5","shape":[1],"data_offsets":[0,1]}}""", 1, "\"a\" has the unknown dtype \"5\"; *")]
    [InlineData("""{"a":{"dtype":"U8"}}""", 1, "\"a\" lacks shape and data_offsets")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "shape of \"a\" holds a number that is not 0 … 2⁶³ − 1")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1,
        "shape of \"a\" holds a number that is not 0 … 2⁶³ − 1")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "shape of \"a\" holds something that is not a number")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0,
        "a F32[4294967296, 4294967296] has more elements than can be counted")]
    [InlineData("""{"a":7}""", 0, "\"a\" is not an object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__ entry \"k\" is not text")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "__metadata__ entry \"k\" occurs twice")]
    [InlineData("""{"a":""", 0, "its header is not valid JSON: *")]
    [InlineData("""{} {}""", 0, "its header is not valid JSON: *")]
    [InlineData("""[]""", 0, "its header does not begin with {")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "its header is not valid JSON: *")]
    public void Refuses_a_malformed_header(string header, int dataBytes, string what)
    {
        var json = Encoding.UTF8.GetBytes(header);
        WriteRaw((ulong)json.Length, [.. json, .. new byte[dataBytes]]);
        Opening().Should().Throw<InvalidDataException>().WithMessage($"{File} is not a safetensors file: {what}.");
    }

    [Theory]
    [InlineData(100_000_001, "its header would have 100000001 bytes, more than the 100000000 allowed")]
    [InlineData(ulong.MaxValue, "its header would have 18446744073709551615 bytes, more than the 100000000 allowed")]
    [InlineData(3, "its header would have 3 bytes, but only 2 follow")]
    [InlineData(0, "its header does not begin with {")]
    public void Refuses_a_header_length_that_cannot_be(ulong length, string what)
    {
        WriteRaw(length, "{}"u8);
        Opening().Should().Throw<InvalidDataException>().WithMessage($"{File} is not a safetensors file: {what}.");
    }

    [Fact]
    public void Says_that_a_quantized_type_cannot_be_read()
    {
        var header = """{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}"""u8;
        WriteRaw((ulong)header.Length, [.. header, 1, 2]);
        Opening().Should().Throw<InvalidDataException>().WithMessage(
            $"{File}: \"w\" has the dtype F8_E4M3, which cannot be read. Save the model in float32, float16 or bfloat16.");
    }

    [Fact]
    public void Refuses_text_that_is_not_utf8()
    {
        WriteRaw(6, [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'}']);
        Opening().Should().Throw<InvalidDataException>().WithMessage("*its header is not valid JSON: *");
    }

    [Fact]
    public void Refuses_a_file_too_short_for_the_length_of_its_header()
    {
        System.IO.File.WriteAllBytes(File, [1, 2, 3]);
        Opening()
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*it has 3 bytes, fewer than the 8 that give the header's length.");
    }

    [Fact]
    public void Names_a_file_that_is_not_there() =>
        Opening().Should().Throw<FileNotFoundException>().WithMessage($"There is no tensor file {File}.");

    private Action Opening() => () => SafetensorsFile.Open(File).Dispose();

    private void WriteRaw(ulong length, ReadOnlySpan<byte> rest)
    {
        var bytes = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        rest.CopyTo(bytes.AsSpan(8));
        System.IO.File.WriteAllBytes(File, bytes);
    }

    private string WriteTwo(SafetensorsTensorInfo one, SafetensorsTensorInfo other, string bytesOf = "b")
    {
        using var writer = SafetensorsWriter.Create(File, [one, other], new Dictionary<string, string> { ["k"] = "v" });
        writer.Write<byte>("a", [1, 2, 3, 4]);
        writer.Write<byte>(bytesOf, [9, 8, 7]);
        return writer.Finish();
    }
}
