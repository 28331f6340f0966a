using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>Weights split into several files are read as one.</summary>
[Trait("Suite", "Fast")]
public sealed class ShardedTensorFileTests : IDisposable
{
    private static readonly ModelConfig Config = new(272, dModel: 6, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8);
    private readonly TemporaryFolder _folder = new();
    private readonly ParameterTable _weights = WeightInitializer.Initialize(Config, seed: 9, CPU);

    private string Index => _folder / "model.safetensors.index.json";

    public void Dispose()
    {
        _weights.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("model.safetensors.index.json")]
    [InlineData("model-00002-of-00003.safetensors")]
    public void Reads_all_files_from_the_index_or_from_one_of_them(string given)
    {
        WriteShards();
        using var file = TensorFile.Open(_folder / given);
        using var read = ParameterFile.Load(file, Config, CPU);
        foreach (var name in read.Names)
            read[name].data<float>().ToArray().Should().Equal(_weights[name].data<float>().ToArray(), name);
    }

    [Fact]
    public void Names_the_files_that_were_not_downloaded()
    {
        WriteShards();
        File.Delete(_folder / "model-00003-of-00003.safetensors");
        Opening().Should().Throw<FileNotFoundException>().WithMessage(
            $"{Index} lists 3 files, but model-00003-of-00003.safetensors is missing. Download all files of the model.");
    }

    [Fact]
    public void Refuses_a_pointer_in_place_of_one_of_the_files()
    {
        WriteShards();
        var second = _folder / "model-00002-of-00003.safetensors";
        File.WriteAllText(second, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n");
        Opening().Should().Throw<InvalidDataException>().WithMessage($"{second} is a Git LFS pointer in place of the file.*");
    }

    [Fact]
    public void Refuses_an_index_that_leads_out_of_its_folder()
    {
        File.WriteAllText(Index, """{"weight_map": {"norm.weight": "../secret.safetensors"}}""");
        Opening().Should().Throw<InvalidDataException>().WithMessage(
            $"{Index}: the file of norm.weight is \"../secret.safetensors\"; it must be a plain file name.");
    }

    [Fact]
    public void Refuses_files_of_another_version_of_the_index()
    {
        WriteShards();
        var text = File.ReadAllText(Index);
        File.WriteAllText(
            Index, text.Replace("\"model.norm.weight\"", "\"final_norm.weight\"", StringComparison.Ordinal));
        Opening().Should().Throw<InvalidDataException>().WithMessage(
            $"{Index} says that model-*.safetensors holds final_norm.weight, but it does not. Download the index and the files "
                + "again.");
    }

    [Theory]
    [InlineData("ggml\u0003\0\0\0", "a file of an old llama.cpp")]
    [InlineData("\u0001NUMPY\u0001\0", "a NumPy array")]
    [InlineData("{\"a\": 1, \"b\": 2}", "JSON")]
    [InlineData("PAR1\u0015\u0004\u0015\u0004", "a Parquet table")]
    public void Names_the_format_of_what_is_not_weights(string content, string format)
    {
        File.WriteAllText(_folder / "w.safetensors", content);
        FluentActions.Invoking(() => TensorFile.Open(_folder / "w.safetensors")).Should().Throw<InvalidDataException>()
            .WithMessage(
                $"{_folder / "w.safetensors"} is {format}, not weights that can be read. Give a safetensors file or a PyTorch "
                    + "state dictionary (.pt).");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("step.ckpt")]
    public void Reads_safetensors_regardless_of_the_name(string name)
    {
        WriteShards();
        File.Copy(_folder / "model-00001-of-00003.safetensors", _folder / name);
        using var file = TensorFile.Open(_folder / name);
        file.Should().BeOfType<SafetensorsFile>().Which.Tensors.Should().HaveCount(4);
    }

    private Action Opening() => () => TensorFile.Open(Index).Dispose();

    private void WriteShards()
    {
        var map = new List<string>();
        foreach (var (part, names) in _weights.Names.Chunk(4).Index())
        {
            var name = FormattableString.Invariant($"model-{part + 1:D5}-of-00003.safetensors");
            using var writer = SafetensorsWriter.Create(
                _folder / name,
                names.Select(own => new SafetensorsTensorInfo(
                    WeightNames.ToHuggingFace(own), SafetensorsDtype.F32, _weights[own].shape)));
            foreach (var tensor in writer.Tensors)
                writer.Write<float>(tensor.Name, [.. _weights[WeightNames.FromHuggingFace(tensor.Name)].data<float>()]);
            writer.Finish();
            map.AddRange(names.Select(own => $"\"{WeightNames.ToHuggingFace(own)}\": \"{name}\""));
        }
        File.WriteAllText(Index, $"{{\"metadata\": {{}}, \"weight_map\": {{{string.Join(", ", map)}}}}}");
    }
}
