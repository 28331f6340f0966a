using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>
/// A checkpoint on disk: <c>model.safetensors</c>, <c>optimizer.safetensors</c>, <c>config.json</c> and <c>state.json</c>
/// with the hashes of the others. It is there wholly or not at all, and is believed only after every hash is checked.
/// Where an adapter is trained, its two files stand in place of the model's, which is where training began.
/// </summary>
/// <remarks>
/// Data position and dropout are functions of the number of the batch, the learning rate of that of the step. So beside
/// the tensors there is little state: the step, the batches left out, and what the guard compares the next one with. Spec: CKP.
/// </remarks>
public sealed class Checkpoint
{
    private const string ModelName = "model.safetensors", OptimizerName = "optimizer.safetensors", ConfigName = "config.json", StateName = "state.json";
    private static readonly string[] ModelFiles = [ModelName, OptimizerName, ConfigName];
    private static readonly string[] AdapterFiles = [AdapterFile.WeightsName, AdapterFile.ConfigName, OptimizerName, ConfigName];
    private const string FirstMomentPrefix = "mean.", SecondMomentPrefix = "square.";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private Checkpoint(string folder, CheckpointState state, ModelConfig config) => (Folder, State, Config) = (folder, state, config);

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>What it says beside the tensors.</summary>
    public CheckpointState State { get; }

    /// <summary>The model it holds.</summary>
    public ModelConfig Config { get; }

    /// <summary>The weights alone, for other tools; a checkpoint of an adapter has none.</summary>
    public string ModelFile => Path.Combine(Folder, ModelName);

    /// <summary>True where it holds an adapter in place of a whole model.</summary>
    public bool HasAdapter => AdapterFile.Exists(Folder);

    /// <summary>Writes the state of training. A kill at any byte leaves what was there before, or all of this.</summary>
    /// <param name="folder">Where to; its parent exists.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="optimizer">The moments.</param>
    /// <param name="template">How prompts become tokens, kept with the weights; null where the model only continues text.</param>
    /// <param name="createState">Gets the hashes of the written files and gives the state to store.</param>
    /// <param name="adapter">What was trained in place of the weights, which are then not written; null where they were.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Save(
        string folder, ParameterTable parameters, AdamW optimizer, ChatTemplate? template, Func<IReadOnlyDictionary<string, string>, CheckpointState> createState,
        (Adapter Adapter, AdapterBaseModel TrainedOn)? adapter = null) =>
        AtomicDirectory.Write(folder, partial =>
        {
            var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [OptimizerName] = ParameterFile.Save(Path.Combine(partial, OptimizerName), [(FirstMomentPrefix, optimizer.FirstMoment), (SecondMomentPrefix, optimizer.SecondMoment)]),
            };
            if (adapter is var (trained, trainedOn))
            {
                AdapterFile.Save(partial, trained, trainedOn);
                foreach (var name in AdapterFiles.Except(ModelFiles)) hashes[name] = ComputeHash(Path.Combine(partial, name));
            }
            else
            {
                hashes[ModelName] = ParameterFile.Save(Path.Combine(partial, ModelName), [("", parameters)]);
            }
            ModelConfigFile.Write(Path.Combine(partial, ConfigName), parameters.Config);
            hashes[ConfigName] = ComputeHash(Path.Combine(partial, ConfigName));
            template?.Save(partial);
            if (template is not null) hashes[ChatTemplate.FileName] = ComputeHash(Path.Combine(partial, ChatTemplate.FileName));
            var state = createState(hashes);
            hashes[StateName] = ComputeHash(state);
            File.WriteAllBytes(Path.Combine(partial, StateName), JsonSerializer.SerializeToUtf8Bytes(state with { Sha256 = hashes }, Format));
        });

    /// <summary>The checkpoint that a folder is, or the newest of the run that it is; null where it is neither.</summary>
    public static string? Find(string folder)
    {
        if (!Directory.Exists(folder)) return null;
        if (File.Exists(Path.Combine(folder, StateName))) return folder;
        var run = RunFolder.OpenExisting(folder);
        return run.LatestCheckpointStep() is { } step ? run.CheckpointFolder(step) : null;
    }

    /// <summary>Opens a checkpoint and checks the hash of every file.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged; says which.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no checkpoint {folder}.{DescribeOtherCheckpoints(folder)}");
        var state = ReadState(folder);
        foreach (var name in (state.Sha256.ContainsKey(AdapterFile.ConfigName) ? AdapterFiles : ModelFiles).Union(state.Sha256.Keys).Where(name => name != StateName))
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) throw CreateDamagedException(folder, $"{folder} is not a whole checkpoint: {name} is missing.");
            if (!state.Sha256.TryGetValue(name, out var hash)) throw CreateDamagedException(folder, $"{Path.Combine(folder, StateName)} is damaged: it has no SHA-256 of {name}.");
            if (ComputeHash(file) is var found && found != hash) throw CreateDamagedException(folder, $"{file} is damaged: its SHA-256 is {found}, {StateName} says {hash}.");
        }
        return new Checkpoint(folder, state, ModelConfigFile.Read(Path.Combine(folder, ConfigName)));
    }

    /// <summary>Reads the weights; those of an adapter merged into the weights it was trained on.</summary>
    /// <param name="config">The model to read them for: the checkpoint's own, or one that differs in length or dropout only.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="InvalidDataException">They do not fit the model.</exception>
    public ParameterTable LoadParameters(ModelConfig config, Device device)
    {
        if (!HasAdapter) return ParameterFile.Load(ModelFile, config, device);
        var file = AdapterFile.Open(Folder);
        if (!Directory.Exists(file.BaseModel.Folder))
            throw new DirectoryNotFoundException($"{Folder} holds an adapter, but the weights it was trained on are not in {file.BaseModel.Folder} any more. Put them back, or say where they are: checkpoint merge {Folder} OUT --base-model DIR");
        using var weights = WeightLoader.Open(file.BaseModel.Folder).Load(config, device);
        using var adapter = file.Load(weights, file.BaseModel.Folder, device);
        return adapter.MergeInto(weights);
    }

    /// <summary>Reads the adapter.</summary>
    /// <param name="weights">The weights it is to be used on.</param>
    /// <param name="source">Where those came from, for errors.</param>
    /// <param name="device">Where it goes.</param>
    /// <exception cref="FileNotFoundException">The checkpoint holds a whole model.</exception>
    /// <exception cref="InvalidDataException">It was trained on other weights, or does not fit them.</exception>
    public Adapter LoadAdapter(ParameterTable weights, string source, Device device) => AdapterFile.Open(Folder).Load(weights, source, device);

    /// <summary>Reads the optimizer's moments and step count.</summary>
    /// <param name="optimizer">Takes them over.</param>
    public void LoadOptimizer(AdamW optimizer)
    {
        var file = Path.Combine(Folder, OptimizerName);
        CopyInto(optimizer.FirstMoment, FirstMomentPrefix);
        CopyInto(optimizer.SecondMoment, SecondMomentPrefix);
        optimizer.Steps = State.OptimizerSteps;

        void CopyInto(ParameterTable table, string prefix)
        {
            using var grad = no_grad();
            var others = prefix == FirstMomentPrefix ? SecondMomentPrefix : FirstMomentPrefix;
            using var stored = ParameterFile.Load(file, table.Config, table.Shapes, CPU, prefix, others);
            foreach (var name in table.Names) table[name].copy_(stored[name]);
        }
    }

    /// <summary>Refuses to go on with other data than the checkpoint was trained on: a step would read other text, and some of it twice.</summary>
    /// <param name="data">The shards of the run.</param>
    /// <exception cref="InvalidDataException">They were made with another tokenizer, or are others.</exception>
    public void RequireData(TokenDataset data)
    {
        data.RequireTokenizer(State.TokenizerHash);
        if (ShardHash.Compute(data.Manifest) is var found && found != State.DataHash)
            throw new InvalidDataException(
                $"The shards {string.Join(", ", data.Train.Paths.Take(1))} … are not those that {Folder} was trained on ({found} instead of {State.DataHash}): the steps to come would read other text, and some of it twice. "
                + $"Put the old shards back, or begin a new round from these weights: train PLAN --init-from {Folder}");
    }

    /// <summary>Refuses to go on with other conversations than the checkpoint was trained on.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <exception cref="InvalidDataException">A file has changed.</exception>
    public void RequireExamples(TrainingPlan plan)
    {
        if (plan.ComputeExamplesHash() != State.ExamplesHash)
            throw new InvalidDataException(
                $"The conversations of the plan are not those that {Folder} was trained on: some rows would be learned twice in an epoch, and others never. "
                + $"Put the old files back, or begin a new round from these weights: train PLAN --init-from {Folder}");
    }

    private static CheckpointState ReadState(string folder)
    {
        var file = Path.Combine(folder, StateName);
        if (!File.Exists(file)) throw new InvalidDataException($"{folder} is not a checkpoint: {StateName} is missing.{DescribeOtherCheckpoints(Path.Combine(folder, "checkpoints", "step"))}");
        CheckpointState state;
        try
        {
            state = JsonSerializer.Deserialize<CheckpointState>(File.ReadAllBytes(file), Format) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw CreateDamagedException(folder, $"{file} is damaged: {error.Message}");
        }
        if (state.Sha256.GetValueOrDefault(StateName) != ComputeHash(state)) throw CreateDamagedException(folder, $"{file} is damaged: its values are not those it was written with.");
        return state;
    }

    // The state vouches for the other files and, by the hash of its values without any hash of itself, for itself.
    private static string ComputeHash(CheckpointState state) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        state with { Sha256 = new SortedDictionary<string, string>(state.Sha256.Where(h => h.Key != StateName).ToDictionary(), StringComparer.Ordinal) }, Format)));

    private static InvalidDataException CreateDamagedException(string folder, string problem) => new($"{problem} Delete {folder} to go on from the checkpoint before it.");

    // The checkpoints beside one that is not there.
    private static string DescribeOtherCheckpoints(string folder)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        var others = Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, "step-*").Where(other => File.Exists(Path.Combine(other, StateName))).Order(StringComparer.Ordinal).ToArray() : [];
        return others.Length == 0 ? " Give a folder that training saved, such as runs/toy/checkpoints/step-000300." : $" The newest there is {others[^1]}.";
    }

    private static string ComputeHash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>What a checkpoint says beside its tensors.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="OptimizerSteps">Steps the moments have seen; fewer than <paramref name="Step"/> after a start from other weights.</param>
/// <param name="Seconds">Time of training so far.</param>
/// <param name="ValidationLoss">Last measured loss on held-out text, in nats; null when never measured.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="TokenizerHash">Tokenizer of the run.</param>
/// <param name="DataHash">Hash of all shards of the run.</param>
/// <param name="ExamplesHash">Hash of all files of conversations or pairs of the run; null where it learns from running text.</param>
/// <param name="GateDigest">SHA-256 of the report of the gate that cleared the run.</param>
/// <param name="Best">The step with the lowest validation loss so far; null when never measured.</param>
/// <param name="Safety">What safety remembers from step to step.</param>
/// <param name="Sha256">Hash of each file of the checkpoint.</param>
public sealed record CheckpointState(
    long Step, long OptimizerSteps, double Seconds, double? ValidationLoss, long Seed, string TokenizerHash, string DataHash, string? ExamplesHash, string GateDigest,
    BestValidation? Best, SafetyState Safety, IReadOnlyDictionary<string, string> Sha256);
