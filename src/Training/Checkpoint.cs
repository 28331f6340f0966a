using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// A checkpoint on disk: <c>model.safetensors</c>, <c>optimizer.safetensors</c>, <c>config.json</c> and <c>state.json</c>
/// with the hashes of the others. It is there wholly or not at all, and is believed only after every hash is checked.
/// </summary>
/// <remarks>
/// Data position, dropout and learning rate are functions of (plan, step), so the step is all the state there is
/// beside the tensors. Spec: CKP.
/// </remarks>
public sealed class Checkpoint
{
    private const string ModelName = "model.safetensors", OptimizerName = "optimizer.safetensors", ConfigName = "config.json", StateName = "state.json";
    private const string Mean = "mean.", Square = "square.";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    private Checkpoint(string folder, CheckpointState state, ModelConfig config) => (Folder, State, Config) = (folder, state, config);

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>What it says beside the tensors.</summary>
    public CheckpointState State { get; }

    /// <summary>The model it holds.</summary>
    public ModelConfig Config { get; }

    /// <summary>The weights alone, for other tools.</summary>
    public string ModelFile => Path.Combine(Folder, ModelName);

    /// <summary>Writes the state of training. A kill at any byte leaves what was there before, or all of this.</summary>
    /// <param name="folder">Where to; its parent exists.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="optimizer">The moments.</param>
    /// <param name="describe">Gets the hashes of the written files and gives the state to store.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Save(string folder, ParameterTable parameters, AdamW optimizer, Func<IReadOnlyDictionary<string, string>, CheckpointState> describe) =>
        AtomicDirectory.Write(folder, partial =>
        {
            var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [ModelName] = ParameterFile.Save(Path.Combine(partial, ModelName), [("", parameters)]),
                [OptimizerName] = ParameterFile.Save(Path.Combine(partial, OptimizerName), [(Mean, optimizer.Means), (Square, optimizer.Squares)]),
            };
            ModelConfigFile.Write(Path.Combine(partial, ConfigName), parameters.Config);
            hashes[ConfigName] = HashOf(Path.Combine(partial, ConfigName));
            File.WriteAllBytes(Path.Combine(partial, StateName), JsonSerializer.SerializeToUtf8Bytes(describe(hashes), Format));
        });

    /// <summary>Opens a checkpoint and checks the hash of every file.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged; says which.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no checkpoint {folder}.");
        var state = ReadState(Path.Combine(folder, StateName));
        foreach (var (name, hash) in state.Sha256)
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) throw new InvalidDataException($"{folder} is not a whole checkpoint: {name} is missing. Take an earlier one.");
            if (HashOf(file) is var found && found != hash)
                throw new InvalidDataException($"{file} is damaged: its SHA-256 is {found}, {StateName} says {hash}. Take an earlier checkpoint.");
        }
        return new Checkpoint(folder, state, ModelConfigFile.Read(Path.Combine(folder, ConfigName)));
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="config">The model to read them for: the checkpoint's own, or one that differs in length or dropout only.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="InvalidDataException">They do not fit the model.</exception>
    public ParameterTable LoadParameters(ModelConfig config, Device device) => ParameterFile.Load(ModelFile, config, device);

    /// <summary>Reads the optimizer's moments and step count.</summary>
    /// <param name="optimizer">Takes them over.</param>
    public void LoadOptimizer(AdamW optimizer)
    {
        var file = Path.Combine(Folder, OptimizerName);
        CopyInto(optimizer.Means, Mean);
        CopyInto(optimizer.Squares, Square);
        optimizer.Steps = State.OptimizerSteps;

        void CopyInto(ParameterTable table, string prefix)
        {
            using var grad = no_grad();
            var others = prefix == Mean ? Square : Mean;
            using var stored = ParameterFile.Load(file, table.Config, CPU, prefix, others);
            foreach (var name in table.Names) table[name].copy_(stored[name]);
        }
    }

    private static CheckpointState ReadState(string file)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{Path.GetDirectoryName(file)} is not a checkpoint: {StateName} is missing.");
        try
        {
            return JsonSerializer.Deserialize<CheckpointState>(File.ReadAllBytes(file), Format) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file} is damaged: {error.Message} Take an earlier checkpoint.", error);
        }
    }

    private static string HashOf(string file)
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
/// <param name="GateDigest">SHA-256 of the report of the gate that cleared the run.</param>
/// <param name="Sha256">Hash of each file of the checkpoint.</param>
public sealed record CheckpointState(
    long Step, long OptimizerSteps, double Seconds, double? ValidationLoss, long Seed, string TokenizerHash, string GateDigest,
    IReadOnlyDictionary<string, string> Sha256);
