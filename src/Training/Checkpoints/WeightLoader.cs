using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>Loads the initial weights of a run from a checkpoint, the newest checkpoint of a run, or an exported model.</summary>
public sealed class WeightLoader
{
    private const string ConfigName = "config.json";
    private readonly string _file;
    private readonly ModelConfig _config;
    private readonly string? _tokenizerHash;
    private readonly ExportedModel? _model;

    private WeightLoader(string file, ModelConfig config, string? tokenizerHash, Checkpoint? checkpoint, ExportedModel? model) =>
        (_file, _config, _tokenizerHash, Checkpoint, _model) = (file, config, tokenizerHash, checkpoint, model);

    /// <summary>The checkpoint that holds the weights; null for an exported model.</summary>
    public Checkpoint? Checkpoint { get; }

    /// <summary>Finds the weights and checks their hashes.</summary>
    /// <param name="path">A checkpoint, a run or an exported model, or one of its files; see <see cref="ExportedModel"/>.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged; the message names it.</exception>
    public static WeightLoader Open(string path)
    {
        path = ExportedModel.ResolveFolder(path);
        var (weights, config) = (ExportedModel.FindWeights(path), Path.Combine(path, ConfigName));
        if (Checkpoint.Find(path) is null && weights is not null)
        {
            if (!File.Exists(config)) throw new InvalidDataException(
                $"{path} has weights but no {ConfigName}. Add the configuration of the model.");
            var model = ExportedModel.Open(path);
            return new(weights, model.Config, model.HasTokenizer ? Tokenizer.Load(path).Hash : null, checkpoint: null, model);
        }
        var checkpoint = Checkpoint.Open(Checkpoint.Find(path) ?? path);
        return new(checkpoint.ModelFile, checkpoint.Config, checkpoint.State.TokenizerHash, checkpoint, model: null);
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="config">The model to load; length and dropout may differ from those in training.</param>
    /// <param name="device">The device of the result.</param>
    /// <param name="growthSeed">
    /// Seed of the rows for new tokens if the vocabulary may grow (see <see cref="EmbeddingResizer"/>); null if it may not.
    /// </param>
    /// <exception cref="InvalidDataException">The weights do not fit the model.</exception>
    public ParameterTable Load(ModelConfig config, Device device, long? growthSeed = null)
    {
        if (_config.HasRewardHead && !config.HasRewardHead)
            throw new InvalidDataException(
                $"The weights in {_file} are those of a reward model, which scores answers and generates none. Use the "
                    + "checkpoint of a language model, such as the one that the reward model started from.");
        if ((config.NHeads, config.NKvHeads, config.NormEps) != (_config.NHeads, _config.NKvHeads, _config.NormEps))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The weights in {_file} were trained with n_heads {_config.NHeads}, n_kv_heads "
                    + $"{_config.NKvHeads} and norm_eps {_config.NormEps}; the plan's model has {config.NHeads}, "
                    + $"{config.NKvHeads} and {config.NormEps}. The shapes may agree, but the model would "
                    + $"compute something else. Use the values of the trained weights."));
        if (growthSeed is not { } seed || config.VocabSize == _config.VocabSize) return LoadUnchecked(config, device);
        using var small = LoadUnchecked(_config, device);
        return EmbeddingResizer.ResizeTokenEmbeddings(small, config, seed);
    }

    /// <summary>Reads the initial weights of a plan.</summary>
    /// <param name="plan">The plan; its section warm_start names these weights.</param>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">The weights do not fit the model.</exception>
    public ParameterTable Load(TrainingPlan plan, Device device)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long? growthSeed = plan.WarmStart is { GrowVocabulary: true } ? plan.Seed : null;
        if (_config.HasRewardHead == plan.TrainedModel.HasRewardHead || _config.HasRewardHead)
            return Load(plan.TrainedModel, device, growthSeed);
        using var weights = Load(plan.Model, device, growthSeed);
        return RewardHead.AddTo(weights, plan.Seed);
    }

    /// <summary>Checks that the token ids of the data mean the same text as in training of the weights.</summary>
    /// <param name="data">The shards of the run.</param>
    /// <param name="extendedTokenizer">
    /// The tokenizer of the run if it may have additional special tokens; null if it may not.
    /// </param>
    /// <exception cref="InvalidDataException">The shards were made with another tokenizer.</exception>
    public void RequireTokenizer(TokenDataset data, Tokenizer? extendedTokenizer = null)
    {
        if (
            _tokenizerHash is not null
            && _tokenizerHash != data.Manifest.TokenizerHash
            && extendedTokenizer?.IsExtensionOf(_tokenizerHash) != true)
            throw new InvalidDataException(
                $"The weights in {_file} were trained with tokenizer {_tokenizerHash}, but the shards were "
                    + $"made with {data.Manifest.TokenizerHash}: the ids would mean other text. Prepare the data "
                    + "with the tokenizer of the weights.");
    }

    /// <summary>Checks that messages will have the marks that the weights were trained with.</summary>
    /// <param name="format">The marks of the run; null if it trains on running text only.</param>
    /// <exception cref="InvalidDataException">The weights were trained with other marks.</exception>
    public void RequireTemplate(ChatFormat? format)
    {
        var folder = Checkpoint?.Folder ?? Path.GetDirectoryName(_file)!;
        if (format is not null && ChatTemplate.FindFormat(folder) is { } trained && trained != format)
            throw new InvalidDataException(
                $"The weights in {_file} were trained with chat template {trained}, but the plan has {format}: the model would "
                    + $"have to learn the marks of a conversation again. Use chat_template: {trained}.");
    }

    private ParameterTable LoadUnchecked(ModelConfig config, Device device) =>
        _model?.LoadParameters(config, device) ?? Checkpoint!.LoadParameters(config, device);
}
