using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
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
/// A checkpoint on disk: <c>model.safetensors</c>, <c>optimizer.safetensors</c>, <c>config.json</c> and <c>state.json</c>, which
/// holds the hashes of the other files. A checkpoint is written atomically and opened only if every hash matches. Runs that train
/// an adapter save the two files of the adapter instead of the model; runs that average their weights also save
/// <c>ema.safetensors</c>.
/// </summary>
/// <remarks>
/// Data position and dropout are functions of the data step, the learning rate is a function of the step. So the state beside the
/// tensors is small: the step, the number of skipped batches, and the recent losses and norms of the divergence guard. Spec: CKP.
/// </remarks>
public sealed class Checkpoint
{
    private const string ModelName = "model.safetensors",
        OptimizerName = "optimizer.safetensors",
        AverageName = "ema.safetensors",
        ConfigName = "config.json",
        DataName = "data.json",
        StateName = "state.json";
    private static readonly string[] ModelFiles = [ModelName, OptimizerName, ConfigName];
    private static readonly string[] AdapterFiles = [AdapterFile.WeightsName, AdapterFile.ConfigName, OptimizerName, ConfigName];

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private Checkpoint(string folder, CheckpointState state, ModelConfig config) =>
        (Folder, State, Config) = (folder, state, config);

    /// <summary>The folder of the checkpoint.</summary>
    public string Folder { get; }

    /// <summary>The state of training beside the tensors.</summary>
    public CheckpointState State { get; }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>The weights file, for other tools. Missing in a checkpoint of an adapter.</summary>
    public string ModelFile => Path.Combine(Folder, ModelName);

    /// <summary>True if the checkpoint holds an adapter instead of a whole model.</summary>
    public bool HasAdapter => AdapterFile.Exists(Folder);

    /// <summary>
    /// Writes a checkpoint. A process killed at any byte leaves either the previous content or all of the new one.
    /// </summary>
    /// <param name="folder">The output folder; its parent exists.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="optimizer">The optimizer, for its state.</param>
    /// <param name="template">The chat template, saved with the weights; null if the model only continues text.</param>
    /// <param name="createState">Receives the hashes of the written files and returns the state to store.</param>
    /// <param name="adapter">The trained adapter, saved instead of the weights; null if the weights were trained.</param>
    /// <param name="average">The average of what is trained; null for none.</param>
    /// <param name="dataState">State of the training data; null if it has none.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Save(
        string folder,
        ParameterTable parameters, IOptimizer optimizer, ChatTemplate? template,
        Func<IReadOnlyDictionary<string, string>, CheckpointState> createState,
        (Adapter Adapter, AdapterBaseModel TrainedOn)? adapter = null, WeightAverage? average = null,
        byte[]? dataState = null) =>
        AtomicDirectory.Write(folder, partial =>
        {
            var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [OptimizerName] = ParameterFile.Save(
                    Path.Combine(partial, OptimizerName),
                    [.. optimizer.State.Select(state => (state.Prefix, state.Table))]),
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
            if (average is not null)
                hashes[AverageName] = ParameterFile.Save(Path.Combine(partial, AverageName), [("", average.Average)]);
            ModelConfigFile.Write(Path.Combine(partial, ConfigName), parameters.Config);
            hashes[ConfigName] = ComputeHash(Path.Combine(partial, ConfigName));
            if (dataState is not null)
            {
                File.WriteAllBytes(Path.Combine(partial, DataName), dataState);
                hashes[DataName] = ComputeHash(Path.Combine(partial, DataName));
            }
            template?.Save(partial);
            if (template is not null) hashes[ChatTemplate.FileName] = ComputeHash(Path.Combine(partial, ChatTemplate.FileName));
            var state = createState(hashes);
            hashes[StateName] = ComputeHash(state);
            File.WriteAllBytes(
                Path.Combine(partial, StateName),
                JsonSerializer.SerializeToUtf8Bytes(state with { Sha256 = hashes }, Format));
        });

    /// <summary>
    /// Resolves a folder to a checkpoint: the folder itself, the newest checkpoint if it is a run folder, or the one that a path
    /// such as <c>runs/toy/best</c> names; null otherwise.
    /// </summary>
    public static string? Find(string folder)
    {
        if (CheckpointChoice.TrySplit(folder) is var (owner, choice)) return SelectedCheckpoint.Select(owner, choice)?.Folder;
        folder = ResolvePath(folder);
        if (!Directory.Exists(folder)) return null;
        if (File.Exists(Path.Combine(folder, StateName))) return folder;
        var run = RunFolder.OpenExisting(folder);
        return run.LatestCheckpointStep() is { } step ? run.CheckpointFolder(step) : null;
    }

    /// <summary>
    /// Returns the folder that a path means: the checkpoint of one of its files, such as <c>model.safetensors</c>, or what <see
    /// cref="RunFolder.ResolvePath"/> returns.
    /// </summary>
    public static string ResolvePath(string path) =>
        FolderPath.Resolve(path, [.. ModelFiles, .. AdapterFiles, StateName, ChatTemplate.FileName]) is var folder
        && File.Exists(Path.Combine(folder, StateName)) ? folder : RunFolder.ResolvePath(path);

    /// <summary>Opens a checkpoint and checks the hash of every file.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged; the message names it.</exception>
    public static Checkpoint Open(string folder)
    {
        folder = ResolvePath(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no checkpoint {folder}.{DescribeOtherCheckpoints(folder)}");
        var state = ReadState(folder);
        foreach (
            var name in (state.Sha256.ContainsKey(AdapterFile.ConfigName) ? AdapterFiles : ModelFiles)
                .Union(state.AverageUpdates is null ? [] : [AverageName])
                .Union(state.Sha256.Keys)
                .Where(name => name != StateName))
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file))
                throw CreateDamagedException(folder, $"{folder} is not a complete checkpoint: {name} is missing.");
            if (!state.Sha256.TryGetValue(name, out var hash))
                throw CreateDamagedException(
                    folder, $"{Path.Combine(folder, StateName)} is damaged: it has no SHA-256 of {name}.");
            FileContent.RefusePlaceholder(file);
            if (ComputeHash(file) is var found && found != hash)
                throw CreateDamagedException(folder, $"{file} is damaged: its SHA-256 is {found}, {StateName} says {hash}.");
        }
        return new Checkpoint(folder, state, ModelConfigFile.Read(Path.Combine(folder, ConfigName)));
    }

    /// <summary>Reads the weights. For an adapter, merges it into its base weights.</summary>
    /// <param name="config">The model to load: that of the checkpoint, or one that differs only in length or dropout.</param>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">The weights do not fit the model.</exception>
    public ParameterTable LoadParameters(ModelConfig config, Device device) => LoadParameters(config, device, isAverage: false);

    /// <summary>
    /// Reads the average of the weights. For an adapter, merges the average of its matrices into the base weights.
    /// </summary>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">The checkpoint has no average, or none of its steps was averaged yet.</exception>
    public ParameterTable LoadAverage(Device device) => State.AverageUpdates switch
    {
        null => throw new InvalidDataException(
            $"{Folder} has no average of weights: its run had no training.ema in its plan. Use the weights themselves, without "
                + "--ema."),
        0 => throw new InvalidDataException(
            $"{Folder} has no average of weights yet: training.ema.every is larger than its step {State.Step}. Use a later "
                + "checkpoint, or the weights themselves, without --ema."),
        _ => LoadParameters(Config, device, isAverage: true),
    };

    /// <summary>
    /// Reads the average of the weights and its number of updates; both start again if the checkpoint has none.
    /// </summary>
    /// <param name="average">Receives them.</param>
    public void LoadAverage(WeightAverage average)
    {
        ArgumentNullException.ThrowIfNull(average);
        average.Updates = State.AverageUpdates ?? 0;
        if (average.Updates > 0) CopyAverage(average.Average);
    }

    private void CopyAverage(ParameterTable table)
    {
        using var grad = no_grad();
        using var stored = ParameterFile.Load(Path.Combine(Folder, AverageName), table.Config, table.Shapes, CPU);
        foreach (var name in table.Names) table[name].copy_(stored[name]);
    }

    private ParameterTable LoadParameters(ModelConfig config, Device device, bool isAverage)
    {
        if (!HasAdapter) return ParameterFile.Load(isAverage ? Path.Combine(Folder, AverageName) : ModelFile, config, device);
        var file = AdapterFile.Open(Folder);
        if (!Directory.Exists(file.BaseModel.Folder))
            throw new DirectoryNotFoundException(
                $"{Folder} holds an adapter, but its base weights are no longer in {file.BaseModel.Folder}. "
                + $"Restore them, or pass their folder: turkishllm checkpoint merge {Folder} OUTPUT --base-model DIR");
        using var weights = WeightLoader.Open(file.BaseModel.Folder).Load(config, device);
        using var adapter = file.Load(weights, file.BaseModel.Folder, device);
        if (isAverage) CopyAverage(adapter.Parameters);
        return adapter.MergeInto(weights);
    }

    /// <summary>Reads the adapter.</summary>
    /// <param name="weights">The base weights.</param>
    /// <param name="source">The origin of the base weights, for error messages.</param>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="FileNotFoundException">The checkpoint holds a whole model.</exception>
    /// <exception cref="InvalidDataException">The adapter was trained on other weights, or does not fit them.</exception>
    public Adapter LoadAdapter(ParameterTable weights, string source, Device device) =>
        AdapterFile.Open(Folder).Load(weights, source, device);

    /// <summary>The file with the state of the training data; null if it has none.</summary>
    public string? DataFile => State.Sha256.ContainsKey(DataName) ? Path.Combine(Folder, DataName) : null;

    /// <summary>Reads the optimizer's state and step count.</summary>
    /// <param name="optimizer">Receives the state and the step count.</param>
    /// <exception cref="InvalidDataException">The state is that of another optimizer or of other weights.</exception>
    public void LoadOptimizer(IOptimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        var file = Path.Combine(Folder, OptimizerName);
        RequireOptimizer(optimizer, file);
        foreach (var state in optimizer.State)
        {
            using var grad = no_grad();
            string[] others = [.. optimizer.State.Select(other => other.Prefix).Where(prefix => prefix != state.Prefix)];
            using var stored = ParameterFile.Load(file, state.Table.Config, state.Table.Shapes, CPU, state.Prefix, others);
            foreach (var name in state.Table.Names) state.Table[name].copy_(stored[name]);
        }
        optimizer.Steps = State.OptimizerSteps;
    }

    private void RequireOptimizer(IOptimizer optimizer, string file)
    {
        using var stored = SafetensorsFile.Open(file);
        var isMuon = stored.Tensors.Any(tensor => tensor.Name.StartsWith(Muon.MomentumPrefix, StringComparison.Ordinal));
        if (isMuon == optimizer is Muon) return;
        var kind = isMuon ? "muon" : "adamw";
        throw new InvalidDataException(
            $"{Folder} was trained with optimizer.kind: {kind}, and has no state for another optimizer. Use kind: {kind}, or "
                + $"start with new moments from its weights: train PLAN --init-from {Folder}");
    }

    /// <summary>
    /// Checks that the checkpoint was trained with the seed of a plan. With another seed, a resumed run would read the data in
    /// another order, and some of it twice.
    /// </summary>
    /// <param name="plan">The plan of the run.</param>
    /// <exception cref="InvalidDataException">The seeds differ.</exception>
    public void RequireSeed(TrainingPlan plan)
    {
        if (plan.Seed != State.Seed)
            throw new InvalidDataException(
                FormattableString.Invariant($"The seed of the plan is {plan.Seed}, but {Folder} was trained with {State.Seed}: ")
                    + "the next steps would read the data in another order, and some of it twice. "
                    + FormattableString.Invariant($"Use seed: {State.Seed}, or start a new run from these weights: ")
                    + $"train PLAN --init-from {Folder}");
    }

    /// <summary>
    /// Checks that the shards are those that the checkpoint was trained on. With others, a resumed run would read other text, and
    /// some of it twice.
    /// </summary>
    /// <param name="data">The shards of the run.</param>
    /// <exception cref="InvalidDataException">The shards differ, or were made with another tokenizer.</exception>
    public void RequireData(TokenDataset data)
    {
        data.RequireTokenizer(State.TokenizerHash);
        if (ShardHash.Compute(data.Manifest) is var found && found != State.DataHash)
            throw new InvalidDataException(
                $"The shards {string.Join(", ", data.Train.Paths.Take(1))} … are not those that {Folder} was trained on "
                    + $"({found} instead of {State.DataHash}): the next steps would read other text, and some of it twice. "
                + $"Restore the old shards, or start a new run from these weights: train PLAN --init-from {Folder}");
    }

    /// <summary>Checks that the conversations are those that the checkpoint was trained on.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <exception cref="InvalidDataException">A file has changed.</exception>
    public void RequireExamples(TrainingPlan plan)
    {
        if (plan.ComputeExamplesHash() != State.ExamplesHash)
            throw new InvalidDataException(
                $"The conversations of the plan are not those that {Folder} was trained on: "
                    + "an epoch would contain some rows twice and others not at all. "
                + $"Restore the old files, or start a new run from these weights: train PLAN --init-from {Folder}");
    }

    private static CheckpointState ReadState(string folder)
    {
        var file = Path.Combine(folder, StateName);
        if (!File.Exists(file))
            throw new InvalidDataException(
                $"{folder} is not a checkpoint: {StateName} is missing."
                    + $"{DescribeOtherCheckpoints(Path.Combine(folder, "checkpoints", "step"))}");
        FileContent.RefusePlaceholder(file);
        CheckpointState state;
        try
        {
            state = StrictJson.DeserializeFile<CheckpointState>(file, Format);
        }
        catch (InvalidDataException error)
        {
            throw CreateDamagedException(folder, $"{file} is damaged: {error.Message}");
        }
        try
        {
            if (state.Sha256.GetValueOrDefault(StateName) == ComputeHash(state)) return state;
        }
        catch (ArgumentException)
        {
            // A number such as 1e999 is read as infinity, which cannot be written, so it was not written here.
        }
        throw CreateDamagedException(folder, $"{file} is damaged: its values do not match its own hash.");
    }

    // state.json holds the hashes of the other files, and a hash of its own values (computed without that entry).
    private static string ComputeHash(CheckpointState state) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                JsonSerializer.SerializeToUtf8Bytes(
        state with
        {
            Sha256 = new SortedDictionary<string, string>(
                state.Sha256.Where(h => h.Key != StateName).ToDictionary(),
                StringComparer.Ordinal),
        },
        Format)));

    private static InvalidDataException CreateDamagedException(string folder, string problem) => new($"{problem} "
        + $"Delete {folder} to resume from the checkpoint before it.");

    // Names the other checkpoints of the run in the message about a missing one.
    private static string DescribeOtherCheckpoints(string folder)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        var others = Directory.Exists(parent)
            ? Directory
                .EnumerateDirectories(parent, "step-*")
                .Where(other => File.Exists(Path.Combine(other, StateName)))
                .Order(StringComparer.Ordinal)
                .ToArray()
            : [];
        return others.Length == 0 ? " Pass a checkpoint folder, such as runs/toy/checkpoints/step-000300."
            : $" The newest checkpoint of the run is {others[^1]}.";
    }

    private static string ComputeHash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>The state that a checkpoint holds beside its tensors.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="OptimizerSteps">Steps that the moments accumulate; fewer than <paramref name="Step"/> after a warm start.</param>
/// <param name="Seconds">Training time so far, in seconds.</param>
/// <param name="ValidationLoss">Last validation loss, in nats; null before the first validation.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="TokenizerHash">Hash of the tokenizer.</param>
/// <param name="DataHash">Hash of all shards.</param>
/// <param name="ExamplesHash">Hash of all files of conversations or preference pairs; null for runs on running text.</param>
/// <param name="GateDigest">SHA-256 of the gate report of the run.</param>
/// <param name="Best">The best step so far by <c>checkpoints.best_by</c>; null before the first measurement.</param>
/// <param name="Safety">The state of the safety checks.</param>
/// <param name="Sha256">Hash of each file of the checkpoint.</param>
public sealed record CheckpointState(
    long Step,
    long OptimizerSteps, double Seconds, double? ValidationLoss, long Seed, string TokenizerHash, string DataHash,
    string? ExamplesHash, string GateDigest,
    BestStep? Best, SafetyState Safety, IReadOnlyDictionary<string, string> Sha256)
{
    /// <summary>Number of updates of the average of the weights; null if the run has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? AverageUpdates { get; init; }
}
