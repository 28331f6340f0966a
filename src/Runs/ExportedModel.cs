using System.Security.Cryptography;
using TorchSharp;
using TurkishLlm.Files;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.HuggingFace;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>
/// A model without training state: <c>model.safetensors</c>, <c>config.json</c>, the tokenizer, and their <c>SHA256SUMS</c>,
/// which <c>sha256sum -c</c> can check. With the names of Hugging Face, also the program of the model for transformers, and a
/// card. Written atomically.
/// </summary>
/// <remarks>Spec: CKP-20, CKP-22, CKP-23.</remarks>
public sealed class ExportedModel
{
    // In the order of preference, as in transformers.
    private static readonly string[] WeightsNames =
        [WeightsName, WeightsName + ShardedTensorFile.IndexExtension, "pytorch_model.bin",
            "pytorch_model.bin" + ShardedTensorFile.IndexExtension];

    private const string WeightsName = "model.safetensors",
        ConfigName = "config.json",
        TokenizerName = "tokenizer.json",
        CardName = "README.md",
        ChecksumsName = "SHA256SUMS";

    private ExportedModel(string folder, ExportFormat format, ModelConfig config) =>
        (Folder, Format, Config) = (folder, format, config);

    /// <summary>The folder of the model.</summary>
    public string Folder { get; }

    /// <summary>Naming convention of the weights.</summary>
    public ExportFormat Format { get; }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// The weights: <c>model.safetensors</c>, or in a model of another tool <c>pytorch_model.bin</c> or the index of several
    /// files.
    /// </summary>
    public string WeightsFile => FindWeights(Folder) ?? Path.Combine(Folder, WeightsName);

    /// <summary>True if the folder contains the tokenizer.</summary>
    public bool HasTokenizer => File.Exists(Path.Combine(Folder, TokenizerName));

    /// <summary>Returns true for a folder with weights and configuration that is not a checkpoint of a run.</summary>
    public static bool IsExportedModel(string folder) =>
        File.Exists(Path.Combine(folder, ConfigName)) && !File.Exists(Path.Combine(folder, "state.json"));

    /// <summary>Returns true if the folder has checksums.</summary>
    public static bool HasChecksums(string folder) => File.Exists(Path.Combine(folder, ChecksumsName));

    /// <summary>
    /// Returns the folder of a model if the path is one of its files, such as <c>model.safetensors</c> beside its
    /// <c>config.json</c>, and otherwise the path itself.
    /// </summary>
    public static string ResolveFolder(string path) =>
        FolderPath.Resolve(GetIndex(path) ?? path, [.. WeightsNames, ConfigName]) is var folder && IsExportedModel(folder)
            ? folder
            : path;

    /// <summary>Writes a model.</summary>
    /// <param name="folder">The output folder; an existing one is replaced.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokenizerFolder">Folder of the tokenizer.</param>
    /// <param name="template">The chat template; null if the model was not trained on conversations.</param>
    /// <param name="format">Naming convention of the weights.</param>
    /// <param name="type">F32 keeps all bits; BF16 rounds to nearest and halves the size.</param>
    /// <param name="origin">Where the model comes from, for its card; null if nothing is known.</param>
    /// <param name="original">
    /// Vocabulary of an imported model: kept beside the tokenizer, or in a Hugging Face folder restored with its ids.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// The tokenizer is damaged, or has another number of tokens than the model.
    /// </exception>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Write(
        string folder, ParameterTable weights, string tokenizerFolder, ChatTemplate? template, ExportFormat format,
        SafetensorsDtype type = SafetensorsDtype.F32, ModelOrigin? origin = null, ForeignVocabulary? original = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        RequireTokenizer(tokenizer, tokenizerFolder, weights.Config);
        Write(folder, weights, tokenizer, template, format, type, origin, original);
    }

    /// <summary>Writes a model with a tokenizer that has as many tokens as the model.</summary>
    /// <param name="folder">The output folder; an existing one is replaced.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The chat template; null if the model was not trained on conversations.</param>
    /// <param name="format">Naming convention of the weights.</param>
    /// <param name="type">F32 keeps all bits; BF16 rounds to nearest and halves the size.</param>
    /// <param name="origin">Where the model comes from, for its card; null if nothing is known.</param>
    /// <param name="original">Vocabulary of an imported model; see the other method.</param>
    /// <exception cref="InvalidDataException">The vocabulary is not that of the model.</exception>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public static void Write(
        string folder, ParameterTable weights, Tokenizer tokenizer, ChatTemplate? template, ExportFormat format,
        SafetensorsDtype type = SafetensorsDtype.F32, ModelOrigin? origin = null, ForeignVocabulary? original = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var restored = format == ExportFormat.HuggingFace && original is not null
            ? ImportedModel.Restore(weights, original)
            : null;
        AtomicDirectory.Write(folder, partial =>
        {
            template?.Save(partial);
            if (format == ExportFormat.HuggingFace)
            {
                IHuggingFaceTokenizerFiles files = original is null
                    ? new HuggingFaceTokenizerFiles(tokenizer, template)
                    : new ForeignTokenizerFiles(original);
                WriteHuggingFace(partial, restored ?? weights, files, template, type, origin ?? new());
            }
            else
            {
                ParameterFile.Save(Path.Combine(partial, WeightsName), [("", weights)], metadata: null, type);
                ModelConfigFile.Write(Path.Combine(partial, ConfigName), weights.Config);
                tokenizer.Save(partial);
                original?.Save(partial);
            }
            WriteChecksums(partial);
        });
    }

    /// <summary>Opens a model and verifies its checksums if it has any.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is missing or damaged, or the model is of another architecture.</exception>
    public static ExportedModel Open(string folder)
    {
        VerifyChecksums(folder);
        return OpenUnchecked(folder);
    }

    /// <summary>Opens a model without verifying checksums.</summary>
    /// <inheritdoc cref="Open"/>
    public static ExportedModel OpenUnchecked(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}.");
        var config = Path.Combine(folder, ConfigName);
        if (!File.Exists(config))
            throw new InvalidDataException(
                $"{folder} is not a model: {ConfigName} is missing. {FolderPath.DescribeContent(folder)}"
                    + AdviseFramework(folder));
        if (FindWeights(folder) is null)
            throw new InvalidDataException(
                $"{folder} is not a complete model: {WeightsName} is missing. {FolderPath.DescribeContent(folder)}");
        return HuggingFaceConfig.CanRead(config)
            ? new ExportedModel(folder, ExportFormat.HuggingFace, HuggingFaceConfig.Read(config))
            : new ExportedModel(folder, ExportFormat.Safetensors, ModelConfigFile.Read(config));
    }

    /// <summary>Verifies the checksum of every listed file.</summary>
    /// <returns>Number of verified files; 0 if the folder has no checksums.</returns>
    /// <exception cref="InvalidDataException">A file is missing or damaged, or the list of checksums is.</exception>
    public static int VerifyChecksums(string folder)
    {
        if (!HasChecksums(folder)) return 0;
        var sums = Path.Combine(folder, ChecksumsName);
        var lines = TextFile.ReadLines(sums).ToArray();
        var weights = FindWeights(folder) is { } found ? Path.GetFileName(found) : WeightsName;
        if (
            new[] { weights, ConfigName }.FirstOrDefault(name =>
                !lines.Any(line => line.EndsWith($"  {name}", StringComparison.Ordinal))) is
            { } unnamed)
            throw new InvalidDataException($"{sums} is damaged: it has no SHA-256 of {unnamed}.");
        foreach (var line in lines)
        {
            if (line.Split("  ") is not [{ Length: 64 } hash, var name] || name != Path.GetFileName(name))
                throw new InvalidDataException($"{sums} is damaged: \"{line}\" is not a hash and a file.");
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) throw new InvalidDataException($"{folder} is not a complete model: {name} is missing.");
            FileContent.RefusePlaceholder(file);
            if (ComputeHash(file) is var actual && actual != hash)
                throw new InvalidDataException(
                    $"{file} is damaged: its SHA-256 is {actual}, {ChecksumsName} says {hash}. Copy or export it again.");
        }
        return lines.Length;
    }

    /// <summary>Checks that a tokenizer has as many tokens as the model.</summary>
    /// <exception cref="InvalidDataException">The numbers of tokens differ.</exception>
    public static void RequireTokenizer(Tokenizer tokenizer, string tokenizerFolder, ModelConfig config)
    {
        if (tokenizer.VocabularySize != config.VocabSize)
            throw new InvalidDataException(Invariant(
                $"The tokenizer in {tokenizerFolder} has {tokenizer.VocabularySize} tokens, the model ")
                    + Invariant($"{config.VocabSize}. Pass the tokenizer that the model was trained with."));
    }

    /// <summary>Loads the weights and checks that all are finite.</summary>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">The weights do not fit the configuration, or are not finite.</exception>
    public ParameterTable LoadParameters(torch.Device device) => LoadParameters(Config, device);

    /// <summary>Loads the weights for a model that differs only in length or dropout, and checks that all are finite.</summary>
    /// <param name="config">The model.</param>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">The weights do not fit the model, or are not finite.</exception>
    public ParameterTable LoadParameters(ModelConfig config, torch.Device device)
    {
        using var file = TensorFile.Open(WeightsFile);
        var weights = ParameterFile.Load(file, config, device);
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

    /// <summary>Says how to get weights out of the folder of another framework, in a sentence with a leading space.</summary>
    public static string AdviseFramework(string folder) =>
        File.Exists(Path.Combine(folder, ".metadata"))
            ? " It is a checkpoint of torch.distributed.checkpoint; convert it first: "
                + "python -m torch.distributed.checkpoint.format_utils dcp_to_torch DIR FILE"
        : File.Exists(Path.Combine(folder, "zero_to_fp32.py"))
            ? " It is a checkpoint of DeepSpeed; convert it first: python zero_to_fp32.py . FILE"
        : File.Exists(Path.Combine(folder, "adapter_config.json"))
            ? " It is an adapter of PEFT; merge it first: model.merge_and_unload().save_pretrained(DIR)"
        : Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.gguf").FirstOrDefault() is { } gguf
            ? $" It has a model for llama.cpp; import it first: turkishllm checkpoint import {gguf} OUTPUT"
        : "";

    private static void WriteHuggingFace(
        string folder, ParameterTable weights, IHuggingFaceTokenizerFiles files, ChatTemplate? template, SafetensorsDtype type,
        ModelOrigin origin)
    {
        var config = weights.Config;
        // The transformers library requires the metadata.
        ParameterFile.Save(
            Path.Combine(folder, WeightsName), [("", weights)], new Dictionary<string, string> { ["format"] = "pt" }, type,
            WeightNames.ToHuggingFace);
        File.WriteAllBytes(Path.Combine(folder, ConfigName), HuggingFaceConfig.ToJson(config, type, files.Ids));
        var usual = GetDefaultSampling(template);
        files.Write(folder, config.MaxSeqLen, usual.Temperature, usual.TopK);
        ModelProgram.Write(folder);
        File.WriteAllText(Path.Combine(folder, CardName), ModelCard.Create(config, type, template is not null, origin));
    }

    // The index of one of several weights files.
    private static string? GetIndex(string path) =>
        File.Exists(path) && ShardedTensorFile.FindIndex(path) is { } index && File.Exists(index) ? index : null;

    /// <summary>Returns the weights file of a folder, or the index of several; null if it has none.</summary>
    public static string? FindWeights(string folder) =>
        WeightsNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    // The defaults of generate, and of chat.
    internal static SamplingOptions GetDefaultSampling(ChatTemplate? template) =>
        template is null ? new SamplingOptions() : SamplingOptions.Greedy(1);

    internal static void WriteChecksums(string folder) => File.WriteAllText(
        Path.Combine(folder, ChecksumsName),
        string.Concat(
            Directory
                .EnumerateFiles(folder)
                .Select(file => (Name: Path.GetFileName(file), Hash: ComputeHash(file)))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => $"{f.Hash}  {f.Name}\n")));

    private static string ComputeHash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
