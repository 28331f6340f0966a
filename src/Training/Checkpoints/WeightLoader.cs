using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>The weights that a new run begins with: a checkpoint's, those of the newest checkpoint of a run, or weights alone.</summary>
public sealed class WeightLoader
{
    private const string WeightsName = "model.safetensors", ConfigName = "config.json";
    private readonly string _file;
    private readonly ModelConfig _config;
    private readonly string? _tokenizerHash;
    private readonly ExportedModel? _model;

    private WeightLoader(string file, ModelConfig config, string? tokenizerHash, Checkpoint? checkpoint, ExportedModel? model) =>
        (_file, _config, _tokenizerHash, Checkpoint, _model) = (file, config, tokenizerHash, checkpoint, model);

    /// <summary>The checkpoint they are part of; null where there are only weights.</summary>
    public Checkpoint? Checkpoint { get; }

    /// <summary>Finds the weights and checks what vouches for them.</summary>
    /// <param name="path">Folder of a checkpoint, a run, or a model alone; see <see cref="ExportedModel"/>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged; says which.</exception>
    public static WeightLoader Open(string path)
    {
        var (weights, config) = (Path.Combine(path, WeightsName), Path.Combine(path, ConfigName));
        if (Checkpoint.Find(path) is null && File.Exists(weights))
        {
            if (!File.Exists(config)) throw new InvalidDataException($"{path} has weights, but no {ConfigName} that says of which model.");
            var model = ExportedModel.Open(path);
            return new(weights, model.Config, model.HasTokenizer ? Tokenizer.Load(path).Hash : null, checkpoint: null, model);
        }
        var checkpoint = Checkpoint.Open(Checkpoint.Find(path) ?? path);
        return new(checkpoint.ModelFile, checkpoint.Config, checkpoint.State.TokenizerHash, checkpoint, model: null);
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="config">The model to read them for; length and dropout may differ from what they were trained with.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="growthSeed">Seed of the rows of new tokens, where the model may have more of them; see <see cref="EmbeddingResizer"/>. Null where it may not.</param>
    /// <exception cref="InvalidDataException">They do not fit the model.</exception>
    public ParameterTable Load(ModelConfig config, Device device, long? growthSeed = null)
    {
        if ((config.NHeads, config.NKvHeads, config.NormEps) != (_config.NHeads, _config.NKvHeads, _config.NormEps))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The weights in {_file} were trained with n_heads {_config.NHeads}, n_kv_heads {_config.NKvHeads} and norm_eps {_config.NormEps}; the plan's model has {config.NHeads}, {config.NKvHeads} and {config.NormEps}. Shapes may agree, but it would compute something else. Use the values they were trained with."));
        if (growthSeed is not { } seed || config.VocabSize == _config.VocabSize) return LoadUnchecked(config, device);
        using var small = LoadUnchecked(_config, device);
        return EmbeddingResizer.ResizeTokenEmbeddings(small, config, seed);
    }

    /// <summary>Reads the weights that a plan begins with.</summary>
    /// <param name="plan">The plan; its section start leads to these weights.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="InvalidDataException">They do not fit the model.</exception>
    public ParameterTable Load(TrainingPlan plan, Device device)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Load(plan.Model, device, plan.WarmStart is { GrowVocabulary: true } ? plan.Seed : null);
    }

    /// <summary>Refuses data whose ids mean other text than those the weights have learned.</summary>
    /// <param name="data">The shards of the run.</param>
    /// <param name="extendedTokenizer">The tokenizer of the run where it may have further special tokens; null where it may not.</param>
    /// <exception cref="InvalidDataException">They were made with another tokenizer.</exception>
    public void RequireTokenizer(TokenDataset data, Tokenizer? extendedTokenizer = null)
    {
        if (_tokenizerHash is not null && _tokenizerHash != data.Manifest.TokenizerHash && extendedTokenizer?.IsExtensionOf(_tokenizerHash) != true)
            throw new InvalidDataException(
                $"The weights in {_file} were trained with tokenizer {_tokenizerHash}, but the shards were made with {data.Manifest.TokenizerHash}: every id would mean another piece of text. Prepare the data with the tokenizer of the weights.");
    }

    private ParameterTable LoadUnchecked(ModelConfig config, Device device) => _model?.LoadParameters(config, device) ?? Checkpoint!.LoadParameters(config, device);
}
