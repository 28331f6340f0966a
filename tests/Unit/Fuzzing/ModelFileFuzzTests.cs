using System.IO.Compression;
using System.Text;
using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Formats.PyTorch;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged files of weights, configurations and checkpoints.</summary>
public sealed class ModelFileFuzzTests : IDisposable
{
    private static readonly string Written = Path.Combine(ReferenceRun.Fixtures, "pytorch");
    private static readonly ModelConfig Config =
        new(272, dModel: 6, nLayers: 2, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 24, tieEmbeddings: false);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_safetensors_are_read_or_refused_with_the_name_of_the_file()
    {
        var seeds = new[] { "model", "views" }.Select(name => File.ReadAllBytes(Path.Combine(Written, name + ".safetensors")));
        var mutator = new InputMutator(
            [.. seeds], seed: 1, "\"dtype\":\"F64\"", "\"shape\":[2,3]", "\"data_offsets\":[0,0]", "[4294967296,4294967296]",
            "\"__metadata__\":{\"a\":1}", "0,");
        Try(mutator.Next, "model.safetensors", 1500, _ => ReadWeights(_folder / "model.safetensors"));
    }

    [Fact]
    public void Damaged_headers_of_safetensors_are_read_or_refused_with_the_name_of_the_file()
    {
        var file = File.ReadAllBytes(Path.Combine(Written, "views.safetensors"));
        var length = BitConverter.ToInt32(file);
        var mutator = new InputMutator(
            [file[8..(8 + length)]], seed: 2, "\"dtype\":\"F64\"", "\"shape\":[2,3]", "\"data_offsets\":[0,0]", ",{}",
            "[4294967296,4294967296]", "[3037000500,3037000500]");
        Try(
            () =>
            {
                var header = mutator.Next();
                return [.. BitConverter.GetBytes((long)header.Length), .. header, .. file[(8 + length)..]];
            },
            "model.safetensors", 1500, _ => ReadWeights(_folder / "model.safetensors"));
    }

    [Fact]
    public void Damaged_PyTorch_files_are_read_or_refused_with_the_name_of_the_file()
    {
        var seeds = new[] { "views", "model" }.Select(name => File.ReadAllBytes(Path.Combine(Written, name + ".pt")));
        var mutator = new InputMutator(
            [.. seeds], seed: 3, "PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "data.pkl", "/data/0");
        Try(mutator.Next, "model.pt", 1500, _ => ReadWeights(_folder / "model.pt"));
    }

    [Fact]
    public void Damaged_GGUF_files_are_read_or_refused_with_the_name_of_the_file()
    {
        using (var weights = WeightInitializer.Initialize(Config.With(nHeads: 2, dModel: 32), seed: 9, CPU))
        {
            var metadata = new GgufMetadata("model.gguf");
            GgufTokenizer.Write(metadata, new Tokenizer([]), template: null);
            GgufWeights.Save(_folder / "model.gguf", weights, metadata, GgufTensorType.Q8_0);
        }
        var file = File.ReadAllBytes(_folder / "model.gguf");
        var data = file.AsSpan().LastIndexOf("output.weight"u8);
        var mutator = new InputMutator(
            [file[..(data + 64)]], seed: 9, "\u0003\0\0\0", "\u0008\0\0\0", "\u0009\0\0\0", "\0\0\0\u0080", "GGUF", "blk.0.");
        Try(() => [.. mutator.Next(), .. file[(data + 64)..]], "model.gguf", 1500, _ =>
        {
            using var read = GgufFile.Open(_folder / "model.gguf");
            foreach (var tensor in read.StoredTensors) read.ReadFloat32(tensor.Name, new float[tensor.ElementCount]);
            if (read.Metadata.Contains("general.architecture")) RefactArchitecture.Read(read);
            return GgufTokenizer.Read(read);
        });
    }

    [Fact]
    public void Damaged_pickles_are_read_or_refused_with_the_name_of_the_file()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(Written, "views.pt"));
        var entries = archive.Entries.ToDictionary(entry => entry.FullName, Read);
        var pickle = entries.Single(entry => entry.Key.EndsWith("data.pkl", StringComparison.Ordinal));
        var mutator = new InputMutator(
            [pickle.Value], seed: 4, "}", "(", "u", "s", "q\u0000", "h\u0001", "R", "K\u0002",
            "X\u0005\0\0\0model", ".");
        Try(() => Pack(entries, pickle.Key, mutator.Next()), "model.pt", 1500, _ => ReadWeights(_folder / "model.pt"));
    }

    [Fact]
    public void Damaged_configurations_are_read_or_refused_with_the_name_of_the_file()
    {
        var seeds = new[]
        {
            ModelConfigFile.ToJson(ModelConfig.V1),
            HuggingFaceConfig.ToJson(
                ModelConfig.V2, SafetensorsDtype.BF16,
                new Dictionary<string, IReadOnlyList<int>> { ["eos_token_id"] = [6, 1, 0] }),
        };
        var mutator = new InputMutator(
            seeds, seed: 5, "\"n_heads\": 0", "\"model_type\": \"llama\"", "true", "2147483648",
            "\"rope_theta\": 10000.0,", "1e-400");
        Try(mutator.Next, "config.json", 1500, _ =>
        {
            var file = _folder / "config.json";
            return HuggingFaceConfig.CanRead(file) ? HuggingFaceConfig.Read(file) : ModelConfigFile.Read(file);
        });
    }

    [Fact]
    public void Damaged_indexes_are_read_or_refused_with_the_name_of_the_file()
    {
        File.Copy(Path.Combine(Written, "model.safetensors"), _folder / "model-00001-of-00001.safetensors");
        using var weights = SafetensorsFile.Open(_folder / "model-00001-of-00001.safetensors");
        var index = Encoding.UTF8.GetBytes(
            "{\"metadata\": {\"total_size\": 9}, \"weight_map\": {"
                + string.Join(", ", weights.Tensors.Select(t => $"\"{t.Name}\": \"model-00001-of-00001.safetensors\"")) + "}}");
        var mutator = new InputMutator([index], seed: 6, "\"../a\"", "\"weight_map\": {},", "\"..\"", "\"/dev/zero\"", "\"\"");
        Try(mutator.Next, "model.safetensors.index.json", 1500, _ => ReadWeights(_folder / "model.safetensors.index.json"));
    }

    [Fact]
    public void Damaged_adapters_are_read_or_refused_with_the_name_of_the_file()
    {
        var lora = new LoraConfig(2, 4, 0, [LoraTarget.Q, LoraTarget.V]);
        using (var adapter = Adapter.Create(Config, lora, seed: 3, CPU))
            AdapterFile.Save(_folder.Path, adapter, new("runs/taban", new string('a', 64)));
        var mutator = new InputMutator(
            [File.ReadAllBytes(_folder / AdapterFile.ConfigName)], seed: 7, "\"rank\": 0", "\"q\"", "[]", "1e308",
            "\"base\": null");
        Try(mutator.Next, AdapterFile.ConfigName, 2000, _ => AdapterFile.Open(_folder.Path));
    }

    [Fact]
    public void Damaged_states_of_checkpoints_are_refused_with_the_name_of_the_file()
    {
        const string state =
            """
            {"step": 12, "optimizer_steps": 12, "seconds": 1.5, "validation_loss": 7.1, "seed": 42, "tokenizer_hash": "a",
             "data_hash": "b", "examples_hash": null, "gate_digest": "c", "best": {"step": 12, "loss": 7.1},
             "safety": {"skipped_batches": 0, "refused_batches": 0, "micro_batch_size": null, "recent_losses": [7.2, 7.1],
             "recent_norms": [0.5]}, "sha256": {"config.json": "d", "model.safetensors": "e", "state.json": "f"}}
            """;
        var mutator = new InputMutator(
            [Encoding.UTF8.GetBytes(state), Encoding.UTF8.GetBytes(state.Replace("7.1", "1e999", StringComparison.Ordinal))],
            seed: 8, "\"sha256\": null", "\"safety\": {},", "\"recent_losses\": [NaN]",
            "[null]");
        var run = Try(mutator.Next, "state.json", 2000, _ => Checkpoint.Open(_folder.Path), mayAccept: false);
        run.Accepted.Should().Be(0, "the state has a hash of itself");
    }

    private FuzzRun Try(Func<byte[]> next, string name, int usual, Func<FuzzRun, object?> read, bool mayAccept = true)
    {
        var run = new FuzzRun(_folder / name);
        for (var count = FuzzRun.GetCount(usual); count > 0; count--) run.Try(next(), () => _ = read(run));
        run.Faults.Should().BeEmpty();
        run.Refused.Should().BePositive("some damage is beyond reading");
        if (mayAccept) run.Accepted.Should().BePositive("some damage changes values only");
        return run;
    }

    // Reads every tensor that is not larger than the file could be, then tries to load a model.
    private static object? ReadWeights(string path)
    {
        using var file = TensorFile.Open(path);
        foreach (var tensor in file.Tensors.Where(t => IsFloat(t.Type) && t.ElementCount < 100_000))
            file.ReadFloat32(tensor.Name, new float[tensor.ElementCount]);
        try
        {
            ParameterFile.Load(file, Config, CPU).Dispose();
        }
        catch (InvalidDataException error) when (error.Message.Contains("does not hold the weights", StringComparison.Ordinal))
        {
            // Most files have other names; the message has been made from them.
        }
        return file.Tensors;
    }

    private static bool IsFloat(SafetensorsDtype type) =>
        type is SafetensorsDtype.F16 or SafetensorsDtype.BF16 or SafetensorsDtype.F32 or SafetensorsDtype.F64;

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    // The archive with another pickle and the right checksums.
    private static byte[] Pack(Dictionary<string, byte[]> entries, string name, byte[] pickle)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (entry, content) in entries)
            {
                using var stream = archive.CreateEntry(entry, CompressionLevel.NoCompression).Open();
                stream.Write(entry == name ? pickle : content);
            }
        return file.ToArray();
    }
}
