using System.IO.Compression;
using FluentAssertions;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.PyTorch;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>
/// Compares files written by PyTorch 1.13 with what PyTorch reads in them; and checks that malformed files are refused.
/// </summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly string Written = Path.Combine(ReferenceRun.Fixtures, "pytorch");
    private static readonly string Broken = Path.Combine(ReferenceRun.Fixtures, "broken", "pytorch");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.pt", "model.safetensors")]
    [InlineData("protocol-5.pt", "model.safetensors")]
    [InlineData("views.pt", "views.safetensors")]
    public void Reads_every_number_that_PyTorch_reads(string name, string expectedName)
    {
        using var file = TensorFile.Open(Path.Combine(Written, name));
        using var expected = SafetensorsFile.Open(Path.Combine(Written, expectedName));
        file.Should().BeOfType<PyTorchFile>();
        file.Tensors.Where(t =>
                t.Type
                    is not (
                        SafetensorsDtype.I64
                        or SafetensorsDtype.I32
                        or SafetensorsDtype.I16
                        or SafetensorsDtype.I8
                        or SafetensorsDtype.U8
                        or SafetensorsDtype.BOOL))
            .Select(t => t.Name).Should().BeEquivalentTo(expected.Tensors.Select(t => t.Name));
        foreach (var tensor in expected.Tensors)
        {
            file.Tensors.Single(t => t.Name == tensor.Name).Shape.Should().Equal(tensor.Shape, tensor.Name);
            Bits(file, tensor).Should().Equal(Bits(expected, tensor), tensor.Name);
        }
    }

    [Fact]
    public void Reads_every_number_type()
    {
        using var file = PyTorchFile.Open(Path.Combine(Written, "views.pt"));
        var types = file.Tensors.ToDictionary(t => t.Name, t => t.Type);
        types.Where(t => t.Value != SafetensorsDtype.F32).Should().Equal(
            new("half", SafetensorsDtype.F16),
            new("bfloat16", SafetensorsDtype.BF16), new("double", SafetensorsDtype.F64), new("extremes", SafetensorsDtype.F16),
            new("long", SafetensorsDtype.I64),
            new("int", SafetensorsDtype.I32), new("short", SafetensorsDtype.I16), new("char", SafetensorsDtype.I8),
            new("byte", SafetensorsDtype.U8), new("flags", SafetensorsDtype.BOOL));
        file.Invoking(f => f.ReadFloat32("long", new float[7]))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*views.pt: long holds I64, not floating-point numbers.");
        file.Invoking(f => f.ReadFloat32("lnog", new float[7]))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*views.pt has no tensor \"lnog\". Did you mean \"long\"?");
    }

    [Fact]
    public void Finds_the_weights_beside_an_optimizer_and_those_that_share_a_storage()
    {
        using var file = PyTorchFile.Open(Path.Combine(Written, "trainer.pt"));
        using var expected = SafetensorsFile.Open(Path.Combine(Written, "trainer.safetensors"));
        file.Tensors.Should()
            .HaveCount(expected.Tensors.Count + 1)
            .And.OnlyContain(t => t.Name.StartsWith("_orig_mod.", StringComparison.Ordinal));
        foreach (var tensor in expected.Tensors)
            Bits(file, tensor with { Name = $"_orig_mod.{tensor.Name}" }).Should().Equal(Bits(expected, tensor), tensor.Name);
        var embedding = expected.GetTensorInfo("embed_tokens.weight");
        Bits(file, embedding with { Name = "_orig_mod.lm_head.weight" }).Should().Equal(Bits(expected, embedding));
    }

    [Fact]
    public void Reads_archives_with_64_bit_sizes_and_entries_out_of_order()
    {
        // .NET writes sizes after the data into a stream that cannot seek, like torch.save.
        using (var from = ZipFile.OpenRead(Path.Combine(Broken, "valid.pt")))
        using (var stream = new ForwardOnly(File.Create(_folder / "w.pt")))
        using (var to = new ZipArchive(stream, ZipArchiveMode.Create))
            foreach (var entry in from.Entries.Reverse())
            {
                using var read = entry.Open();
                using var write = to.CreateEntry(
                        entry.FullName.Replace("archive/", "step_000050/", StringComparison.Ordinal),
                        CompressionLevel.NoCompression)
                    .Open();
                read.CopyTo(write);
            }
        using var file = PyTorchFile.Open(_folder / "w.pt");
        Numbers(file, "weight", 6).Should().Equal(0.5f, -1.25f, 2, 0.0078125f, -3.5f, 7.75f);
    }

    [Theory]
    [InlineData("empty", "* is empty. Download or write it again.")]
    [InlineData("not-a-zip", "* is damaged or truncated: it is not a complete ZIP archive (*). Copy it again.")]
    [InlineData("truncated", "* is damaged or truncated: it is not a complete ZIP archive (*). Copy it again.")]
    [InlineData("cut-in-the-middle", "* is damaged or truncated: it is not a complete ZIP archive (*). Copy it again.")]
    [InlineData("wrong-crc", "*: archive/data/0 is damaged: its CRC-32 is *, the archive says *. Copy the file again.")]
    [InlineData("compressed", "*: archive/data.pkl is compressed, which torch.save never does.")]
    [InlineData("entries-overlap", "*: its entries would hold more than the 5776 bytes of the file.")]
    [InlineData("two-pickles", "*: it has 2 entries data.pkl instead of one.")]
    [InlineData(
        "torchscript", "*: it is a TorchScript program, not weights. Save its state dictionary instead: "
            + "torch.save(model.state_dict(), FILE).")]
    [InlineData("big-endian", "*: its numbers are not little-endian. Save it again on a little-endian machine.")]
    [InlineData(
        "calls-os-system",
        "* was refused at byte 198 of its data.pkl: it imports os.system, which weights do not need. No code was "
            + "executed. Save the weights alone: torch.save(model.state_dict(), FILE).")]
    [InlineData("calls-posix-system-first", "* was refused at byte 2 of its data.pkl: it imports posix.system, *")]
    [InlineData("calls-eval", "* was refused at byte 18 of its data.pkl: it imports builtins.eval, *")]
    [InlineData("calls-getattr", "* was refused at byte 2 of its data.pkl: it imports __builtin__.getattr, *")]
    [InlineData("names-a-class", "*: it imports __main__.Config, *")]
    [InlineData("instantiates", "*: the instruction 0x69 is not allowed in a state dictionary.")]
    [InlineData("makes-an-object", "*: the instruction 0x81 is not allowed in a state dictionary.")]
    [InlineData("sets-attributes-of-a-tensor", "*: only a dictionary may have attributes.")]
    [InlineData("persistent-id-of-a-module", "*: a storage is not described as in PyTorch.")]
    [InlineData("value-is-missing", "* at byte 2 of its data.pkl: a value is missing.")]
    [InlineData("mark-is-missing", "* at byte 3 of its data.pkl: a mark is missing.")]
    [InlineData("never-ends", "*: it ends in the middle of an instruction.")]
    [InlineData("name-never-ends", "*: it ends in the middle of a name.")]
    [InlineData("text-reaches-beyond", "*: it ends in the middle of an instruction.")]
    [InlineData("text-not-utf-8", "*: a text is not UTF-8.")]
    [InlineData("never-remembered", "*: a memo entry is read that was never stored.")]
    [InlineData("protocol-7", "*: the protocol is not 2 … 5.")]
    [InlineData("a-list", "* is not a state dictionary: it does not hold a dictionary. Save a state dictionary: *")]
    [InlineData("a-single-tensor", "* is not a state dictionary: it holds a single tensor. Save a state dictionary: *")]
    [InlineData(
        "no-weights", "* is not a state dictionary: it has no weights at the top level or under model, state_dict, "
            + "model_state_dict; it has epoch, losses.")]
    [InlineData(
        "two-sets-of-weights", "* is not a state dictionary: it has weights under model and under state_dict. Save one of them: "
            + "torch.save(torch.load(FILE)[\"model\"], NEW).")]
    [InlineData("number-among-weights", "* is not a state dictionary: step among its weights is not a tensor.")]
    [InlineData("name-twice", "*: a dictionary has \"weight\" twice.")]
    [InlineData("storage-is-missing", "*: its entry archive/data/9 is missing.")]
    [InlineData("storage-too-short", "*: archive/data/0 has 24 bytes, but 7 elements of type F32 need 28.")]
    [InlineData(
        "reads-beyond-its-storage", "*: a tensor reads element 6 of a storage that has 6: size [2, 3], stride [3, 1], offset 1.")]
    [InlineData("negative-offset", "*: a tensor has a negative size, stride or offset: size [2, 3], stride [3, 1], offset -1.")]
    [InlineData("negative-stride", "*: a tensor has a negative size, stride or offset: size [2, 3], stride [-3, 1], offset 3.")]
    [InlineData("sizes-without-strides", "*: a tensor has 2 sizes but 1 strides.")]
    [InlineData(
        "expanded-a-thousand-million-times",
        "*: a tensor has 3000000000 elements in a storage of 6: *. The tensor was expanded; call contiguous() " + "before saving."
    )]
    [InlineData("sizes-overflow", "*: a tensor has more elements than can be counted: *")]
    [InlineData("claims-a-terabyte", "*: archive/data/0 has 24 bytes, but 274877906944 elements of type F32 need 1099511627776.")]
    public void Refuses_what_is_no_state_dictionary(string name, string message)
    {
        var path = Path.Combine(Broken, $"{name}.pt");
        var act = () =>
        {
            using var file = TensorFile.Open(path);
            foreach (var tensor in file.Tensors) file.ReadFloat32(tensor.Name, new float[Math.Min(6, tensor.ElementCount)]);
        };
        act.Should().Throw<InvalidDataException>().WithMessage(message).Which.Message.Should().StartWith(path);
        File.Exists("executed-by-a-pickle").Should().BeFalse("nothing of a file is run");
    }

    [Fact]
    public void Accepts_the_file_that_differs_in_nothing_but_the_fault()
    {
        using var file = TensorFile.Open(Path.Combine(Broken, "valid.pt"));
        Numbers(file, "weight", 6).Should().Equal(0.5f, -1.25f, 2, 0.0078125f, -3.5f, 7.75f);
    }

    [Fact]
    public void Every_broken_file_is_tried() =>
        Directory
            .EnumerateFiles(Broken)
            .Select(Path.GetFileNameWithoutExtension)
            .Except(["valid"])
        .Should()
        .BeEquivalentTo(
            typeof(PyTorchFileTests)
                .GetMethod(nameof(Refuses_what_is_no_state_dictionary))!
                .GetCustomAttributes(typeof(InlineDataAttribute), false)
                .Select(data => ((InlineDataAttribute)data).Data[0]));

    [Fact]
    public void Says_how_to_convert_a_file_of_the_old_format() =>
        Assert.Throws<InvalidDataException>(() => TensorFile.Open(Path.Combine(Written, "before-1.6.pt"))).Message.Should().Be(
            $"{Written}/before-1.6.pt has the format of PyTorch before 1.6, or was saved with "
                + "_use_new_zipfile_serialization=False, which is not supported. "
            + "Save it again on a machine where you trust the file: torch.save(torch.load(\"before-1.6.pt\", "
            + "map_location=\"cpu\"), NEW)");

    [Fact]
    public void Names_a_file_that_is_not_there() =>
        Assert
            .Throws<FileNotFoundException>(() => TensorFile.Open(_folder / "step.pt"))
            .Message.Should()
            .Be($"There is no tensor file {_folder / "step.pt"}.");

    private static float[] Numbers(ITensorFile file, string name, int count)
    {
        var numbers = new float[count];
        file.ReadFloat32(name, numbers);
        return numbers;
    }

    private static int[] Bits(ITensorFile file, SafetensorsTensorInfo tensor) =>
        [.. Numbers(file, tensor.Name, (int)tensor.ElementCount).Select(BitConverter.SingleToInt32Bits)];

    private sealed class ForwardOnly(FileStream inner) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
