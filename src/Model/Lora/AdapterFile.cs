using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>
/// An adapter on disk: <c>adapter.safetensors</c> holds A and B of every matrix, <c>adapter.json</c> the configuration and the
/// identity of the base weights. Loading it for other weights is an error: the result would be meaningless.
/// </summary>
/// <remarks>Spec: LOR-04, LOR-09.</remarks>
public sealed class AdapterFile
{
    /// <summary>Names of the two files.</summary>
    public const string WeightsName = "adapter.safetensors", ConfigName = "adapter.json";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter<LoraTarget>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly string _folder;

    private AdapterFile(string folder, LoraConfig lora, AdapterBaseModel baseModel) =>
        (_folder, Lora, BaseModel) = (folder, lora, baseModel);

    /// <summary>The configuration of the adapter.</summary>
    public LoraConfig Lora { get; }

    /// <summary>The base weights.</summary>
    public AdapterBaseModel BaseModel { get; }

    /// <summary>Returns true if a folder holds an adapter.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Saves an adapter.</summary>
    /// <param name="folder">The output folder; it exists.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseModel">The base weights.</param>
    public static void Save(string folder, Adapter adapter, AdapterBaseModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(baseModel);
        ParameterFile.Save(Path.Combine(folder, WeightsName), [("", adapter.Parameters)]);
        var lora = adapter.Lora;
        var content = new Content(lora.Rank, lora.Alpha, lora.Dropout, lora.Targets, baseModel.Folder, baseModel.Sha256);
        File.WriteAllBytes(
            Path.Combine(folder, ConfigName),
            [.. JsonSerializer.SerializeToUtf8Bytes(content, Format), (byte)'\n']);
    }

    /// <summary>Opens an adapter without loading its parameters.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no adapter.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static AdapterFile Open(string folder)
    {
        var file = Path.Combine(folder, ConfigName);
        if (!File.Exists(file)) throw new FileNotFoundException(
            $"{folder} does not hold an adapter: {ConfigName} is missing.", file);
        try
        {
            var read = StrictJson.DeserializeFile<Content>(file, Format);
            return new(
                folder, new LoraConfig(read.Rank, read.Alpha, read.Dropout, read.Targets),
                new(read.Base, read.BaseSha256));
        }
        catch (ConfigurationException error)
        {
            throw new InvalidDataException($"{file} is damaged: {error.Message}", error);
        }
    }

    /// <summary>Loads the parameters.</summary>
    /// <param name="weights">The base weights.</param>
    /// <param name="source">The origin of the base weights, for error messages.</param>
    /// <param name="device">The device of the result.</param>
    /// <exception cref="InvalidDataException">
    /// The adapter was trained on other weights, or does not fit them; the message says what differs.
    /// </exception>
    public Adapter Load(ParameterTable weights, string source, Device device)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (ParameterHash.Compute(weights) is var found && found != BaseModel.Sha256)
            throw new InvalidDataException(
                $"The adapter in {_folder} was trained on the weights {BaseModel.Sha256} of "
                    + $"{BaseModel.Folder}, but {source} holds {found}. "
                    + "Pass the weights that it was trained on.");
        return new(
            Lora,
            ParameterFile.Load(Path.Combine(_folder, WeightsName), weights.Config, Lora.GetShapes(weights.Config), device));
    }

    private sealed record Content(
        int Rank, double Alpha, double Dropout, IReadOnlyList<LoraTarget> Targets, string Base, string BaseSha256);
}

/// <summary>The base weights of an adapter.</summary>
/// <param name="Folder">Their folder at the time of training.</param>
/// <param name="Sha256">Their <see cref="ParameterHash"/>.</param>
public sealed record AdapterBaseModel(string Folder, string Sha256);
