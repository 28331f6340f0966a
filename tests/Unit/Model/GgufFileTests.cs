using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.Gguf;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>A GGUF file that is damaged or of another kind is refused with a message that says how.</summary>
[Trait("Suite", "Fast")]
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "m.gguf";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_what_was_written()
    {
        Write(metadata =>
        {
            metadata.Add("a.text", "şçğ");
            metadata.Add("a.list", new[] { "x", "", "ü" });
            metadata.Add("a.numbers", new[] { 1.5f, -2 });
            metadata.Add("a.flag", true);
            metadata.Add("a.long", -7L);
            metadata.Add("a.byte", (byte)200);
        });
        using var file = GgufFile.Open(File);
        file.Metadata.Keys.Should().Equal("a.text", "a.list", "a.numbers", "a.flag", "a.long", "a.byte");
        file.Metadata.Get<string>("a.text").Should().Be("şçğ");
        file.Metadata.Get<string[]>("a.list").Should().Equal("x", "", "ü");
        file.Metadata.Get<float[]>("a.numbers").Should().Equal(1.5f, -2);
        file.Metadata.Get<bool>("a.flag").Should().BeTrue();
        file.Metadata.Get<long>("a.long").Should().Be(-7);
        file.Metadata.Get<byte>("a.byte").Should().Be(200);
        file.StoredTensors.Should().Equal(
            new GgufTensorInfo("w", GgufTensorType.Q8_0, 3, 32), new GgufTensorInfo("n", GgufTensorType.F32, 5));
        file.Tensors.Should().Equal(
            new SafetensorsTensorInfo("w", SafetensorsDtype.F32, 3, 32), new SafetensorsTensorInfo("n", SafetensorsDtype.F32, 5));
        var norm = new float[5];
        file.ReadFloat32("n", norm);
        norm.Should().Equal(1, 2, 3, 4, 5);
    }

    [Fact]
    public void Refuses_a_value_of_another_type_and_a_missing_key()
    {
        Write(metadata => metadata.Add("a.count", 3));
        using var file = GgufFile.Open(File);
        FluentActions.Invoking(() => file.Metadata.Get<uint>("a.count")).Should().Throw<InvalidDataException>()
            .WithMessage($"{File}: a.count is of type int32; it must be uint32.");
        FluentActions.Invoking(() => file.Metadata.Get<uint>("a.size")).Should().Throw<InvalidDataException>()
            .WithMessage($"{File} lacks the key a.size.");
        FluentActions.Invoking(() => file.ReadFloat32("m", [])).Should().Throw<InvalidDataException>()
            .WithMessage($"{File} has no tensor \"m\".*");
    }

    [Fact]
    public void Refuses_every_truncated_file()
    {
        Write();
        var bytes = System.IO.File.ReadAllBytes(File);
        // The padding after the last tensor may be missing.
        for (var length = 4; length < bytes.Length - 12; length += 7)
        {
            System.IO.File.WriteAllBytes(File, bytes[..length]);
            Opening().Should().Throw<InvalidDataException>().WithMessage($"{File} is *");
        }
        System.IO.File.WriteAllBytes(File, bytes[..^12]);
        Opening().Should().NotThrow();
        System.IO.File.WriteAllBytes(File, [.. bytes, .. new byte[32]]);
        Opening().Should().Throw<InvalidDataException>()
            .WithMessage($"{File} is damaged: it has 32 bytes after its last tensor.");
    }

    [Theory]
    [InlineData(4, 2u, "*version 2; only version 3 can be read. Convert it with the current llama.cpp: llama-quantize *")]
    [InlineData(4, 0x03000000u, "*is a big-endian GGUF file; only little-endian ones can be read.")]
    [InlineData(4, 9u, "*version 9; this program reads version 3.")]
    [InlineData(0, 0x46554746u, "*is not a GGUF file: it does not begin with \"GGUF\".")]
    [InlineData(12, 0x7FFFFFFFu, "*is damaged: it claims * tensors, more than its * bytes can hold.")]
    [InlineData(20, 0x7FFFFFFFu, "*is damaged: it claims * metadata values, more than its * bytes can hold.")]
    public void Refuses_other_versions_and_counts(int at, uint value, string message)
    {
        Write();
        var bytes = System.IO.File.ReadAllBytes(File);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
        System.IO.File.WriteAllBytes(File, bytes);
        Opening().Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Theory]
    [InlineData("w\u0002", 5, 12u, "*\"w\" is of type Q4_K, which cannot be read. These can: F32, F16, Q8_0, BF16.")]
    [InlineData("w\u0002", 6, 32u, "*the data of w Q8_0[3, 32] begins at 32; after the tensor before it must be 0.")]
    [InlineData("w\u0002", 0, 5u, "*\"w\" has 5 axes; there may be 1 … 4.")]
    [InlineData("w\u0002", 1, 33u, "*w Q8_0[3, 33] has rows that are not whole blocks of 32.")]
    [InlineData("w\u0002", 2, 0x40000000u, "*sizes exceed 2⁶³ − 1.")]
    [InlineData("w\u0002", 3, 0u, "*\"w\" has an empty axis.")]
    public void Refuses_damaged_tensors(string before, int word, uint value, string message)
    {
        Write();
        var bytes = System.IO.File.ReadAllBytes(File);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(before)) + 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 4 * word), value);
        System.IO.File.WriteAllBytes(File, bytes);
        Opening().Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Fact]
    public void Refuses_repeated_keys_and_tensors()
    {
        Write(metadata =>
        {
            metadata.Add("a.x", 1u);
            metadata.Add("a.y", 2u);
        });
        Replace("a.y", "a.x");
        Opening().Should().Throw<InvalidDataException>().WithMessage("*is damaged: it has two values of the key \"a.x\".");
        Write();
        Replace("n\u0001", "w\u0001");
        Opening().Should().Throw<InvalidDataException>().WithMessage("*is damaged: it has two tensors \"w\".");
    }

    [Fact]
    public void Refuses_an_alignment_that_is_no_power_of_two()
    {
        Write(metadata => metadata.Add("general.alignment", 24u));
        Opening().Should().Throw<InvalidDataException>().WithMessage("*general.alignment is 24; it must be a power of two.");
    }

    [Fact]
    public void The_writer_refuses_tensors_out_of_order_of_another_size_and_missing()
    {
        using var writer = GgufWriter.Create(
            File, new GgufMetadata(File), [new("w", GgufTensorType.F16, 2), new("v", GgufTensorType.F32, 2)]);
        FluentActions.Invoking(() => writer.Finish()).Should().Throw<InvalidOperationException>()
            .WithMessage("*w F16[2] was not written.");
        FluentActions.Invoking(() => writer.Write("w", [1e6f, 1])).Should().Throw<InvalidDataException>()
            .WithMessage("w cannot be stored as F16: 1000000 is too large for float16, which has at most 65500. Use *");
        FluentActions.Invoking(() => writer.Write("v", [1])).Should().Throw<InvalidOperationException>()
            .WithMessage("*v F32[2] has 2 elements, but 1 were written.");
        FluentActions.Invoking(() => writer.Write("w", [1])).Should().Throw<InvalidOperationException>()
            .WithMessage("*\"w\" was written out of order; every tensor is complete.");
    }

    private Action Opening() => () => GgufFile.Open(File).Dispose();

    private void Write(Action<GgufMetadata>? fill = null)
    {
        var metadata = new GgufMetadata(File);
        fill?.Invoke(metadata);
        using var writer = GgufWriter.Create(
            File, metadata, [new("w", GgufTensorType.Q8_0, 3, 32), new("n", GgufTensorType.F32, 5)]);
        writer.Write("w", [.. Enumerable.Range(0, 96).Select(i => MathF.Sin(i))]);
        writer.Write("n", [1, 2, 3, 4, 5]);
        writer.Finish();
    }

    private void Replace(string text, string other)
    {
        var bytes = System.IO.File.ReadAllBytes(File);
        Encoding.ASCII.GetBytes(other).CopyTo(bytes, bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)));
        System.IO.File.WriteAllBytes(File, bytes);
    }
}
