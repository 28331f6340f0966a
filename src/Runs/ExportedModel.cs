using System.Security.Cryptography;
using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Runs;

/// <summary>
/// A model without its training: <c>model.safetensors</c>, <c>config.json</c>, the tokenizer, and <c>SHA256SUMS</c> over them,
/// which <c>sha256sum -c</c> checks too. It is there wholly or not at all.
/// </summary>
/// <remarks>Spec: CKP-20, CKP-22.</remarks>
public sealed class ExportedModel
{
    private const string WeightsName = "model.safetensors", ConfigName = "config.json", TokenizerName = "tokenizer.json", ChecksumsName = "SHA256SUMS";

    private ExportedModel(string folder, ExportFormat format, ModelConfig config) => (Folder, Format, Config) = (folder, format, config);

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>How its weights are named.</summary>
    public ExportFormat Format { get; }

    /// <summary>The model it holds.</summary>
    public ModelConfig Config { get; }

    /// <summary>The weights, under the names of <see cref="Format"/>.</summary>
    public string WeightsFile => Path.Combine(Folder, WeightsName);

    /// <summary>True when the folder has its tokenizer.</summary>
    public bool HasTokenizer => File.Exists(Path.Combine(Folder, TokenizerName));

    /// <summary>True for a folder of weights and their configuration that is no checkpoint of a run.</summary>
    public static bool IsExportedModel(string folder) =>
        File.Exists(Path.Combine(folder, ConfigName)) && !File.Exists(Path.Combine(folder, "state.json"));

    /// <summary>True when the folder says what its files should be.</summary>
    public static bool HasChecksums(string folder) => File.Exists(Path.Combine(folder, ChecksumsName));

    /// <summary>Turns a name of a file of weights into ours.</summary>
    /// <param name="format">How the file names them.</param>
    public static Func<string, string> GetNameMapping(ExportFormat format) => format == ExportFormat.HuggingFace
        ? name => WeightNames.FromHuggingFace(WeightNames.StripWrapperPrefixes(name))
        : WeightNames.StripWrapperPrefixes;

    /// <summary>Writes a model.</summary>
    /// <param name="folder">Where to; replaced when it is there.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokenizerFolder">Folder of the tokenizer.</param>
    /// <param name="template">How the model was taught to converse; null where it was not.</param>
    /// <param name="format">How to name them.</param>
    /// <param name="type">F32 for the very bits; BF16 rounds to nearest and takes half the room.</param>
    /// <exception cref="InvalidDataException">The tokenizer is damaged, or has another number of tokens than the model.</exception>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Write(string folder, ParameterTable weights, string tokenizerFolder, ChatTemplate? template, ExportFormat format, SafetensorsDtype type = SafetensorsDtype.F32)
    {
        var config = weights.Config;
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        RequireTokenizer(tokenizer, tokenizerFolder, config);
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent) Directory.CreateDirectory(parent);
        AtomicDirectory.Write(folder, partial =>
        {
            var theirs = format == ExportFormat.HuggingFace;
            var metadata = theirs ? new Dictionary<string, string> { ["format"] = "pt" } : null;      // the transformers library asks for it
            ParameterFile.Save(Path.Combine(partial, WeightsName), [("", weights)], metadata, type, theirs ? WeightNames.ToHuggingFace : null);
            File.WriteAllBytes(Path.Combine(partial, ConfigName), theirs ? HuggingFaceConfig.ToJson(config, type, HuggingFaceTokenizerFiles.Ids) : ModelConfigFile.ToJson(config));
            tokenizer.Save(partial);
            template?.Save(partial);
            var usual = new SamplingOptions();
            if (theirs) HuggingFaceTokenizerFiles.Write(partial, config.MaxSeqLen, usual.Temperature, usual.TopK);
            WriteChecksums(partial);
        });
    }

    /// <summary>Opens a model and, where the folder has sums, checks the hash of every file in them.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged, or the model is of another architecture.</exception>
    public static ExportedModel Open(string folder)
    {
        VerifyChecksums(folder);
        return OpenUnchecked(folder);
    }

    /// <summary>Opens a model without a look at hashes.</summary>
    /// <inheritdoc cref="Open"/>
    public static ExportedModel OpenUnchecked(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}.");
        var config = Path.Combine(folder, ConfigName);
        if (!File.Exists(config)) throw new InvalidDataException($"{folder} is not a model: {ConfigName} is missing.");
        if (!File.Exists(Path.Combine(folder, WeightsName)))
            throw new InvalidDataException($"{folder} is not a whole model: {WeightsName} is missing.{(File.Exists(Path.Combine(folder, WeightsName + ".index.json")) ? " Its weights are in several files, which are not read; join them first." : "")}");
        return HuggingFaceConfig.CanRead(config)
            ? new ExportedModel(folder, ExportFormat.HuggingFace, HuggingFaceConfig.Read(config))
            : new ExportedModel(folder, ExportFormat.Safetensors, ModelConfigFile.Read(config));
    }

    /// <summary>Compares every file that the sums name with its hash.</summary>
    /// <returns>How many files were compared; 0 where the folder has no sums.</returns>
    /// <exception cref="InvalidDataException">A file is missing or damaged, or the sums are.</exception>
    public static int VerifyChecksums(string folder)
    {
        if (!HasChecksums(folder)) return 0;
        var sums = Path.Combine(folder, ChecksumsName);
        var lines = File.ReadAllLines(sums);
        if (new[] { WeightsName, ConfigName }.FirstOrDefault(name => !lines.Any(line => line.EndsWith($"  {name}", StringComparison.Ordinal))) is { } unnamed)
            throw new InvalidDataException($"{sums} is damaged: it has no SHA-256 of {unnamed}.");
        foreach (var line in lines)
        {
            if (line.Split("  ") is not [{ Length: 64 } hash, var name] || name != Path.GetFileName(name)) throw new InvalidDataException($"{sums} is damaged: \"{line}\" is not a hash and a file.");
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) throw new InvalidDataException($"{folder} is not a whole model: {name} is missing.");
            if (ComputeHash(file) is var found && found != hash) throw new InvalidDataException($"{file} is damaged: its SHA-256 is {found}, {ChecksumsName} says {hash}. Copy or export it again.");
        }
        return lines.Length;
    }

    /// <summary>Refuses a tokenizer that cannot be that of a model.</summary>
    /// <exception cref="InvalidDataException">It has another number of tokens.</exception>
    public static void RequireTokenizer(Tokenizer tokenizer, string tokenizerFolder, ModelConfig config)
    {
        if (tokenizer.VocabularySize != config.VocabSize)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The tokenizer in {tokenizerFolder} has {tokenizer.VocabularySize} tokens, the model {config.VocabSize}. Give the tokenizer that the model was trained with."));
    }

    /// <summary>Reads the weights; all of them are finite.</summary>
    /// <param name="device">Where they go.</param>
    /// <exception cref="InvalidDataException">They do not fit the configuration, or are not finite.</exception>
    public ParameterTable LoadParameters(torch.Device device) => LoadParameters(Config, device);

    /// <summary>Reads the weights for a model that differs in length or dropout only; all of them are finite.</summary>
    /// <param name="config">The model.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="InvalidDataException">They do not fit the model, or are not finite.</exception>
    public ParameterTable LoadParameters(ModelConfig config, torch.Device device)
    {
        using var file = SafetensorsFile.Open(WeightsFile);
        var weights = ParameterFile.Load(file, config, device, GetNameMapping(Format));
        try
        {
            FiniteWeightCheck.ThrowIfNotFinite(weights, WeightsFile);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static void WriteChecksums(string folder) => File.WriteAllText(
        Path.Combine(folder, ChecksumsName),
        string.Concat(Directory.EnumerateFiles(folder).Select(file => (Name: Path.GetFileName(file), Hash: ComputeHash(file))).OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Hash}  {f.Name}\n")));

    private static string ComputeHash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
