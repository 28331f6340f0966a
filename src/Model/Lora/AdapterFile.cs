using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>
/// An adapter on disk: <c>adapter.safetensors</c> holds A and B of every matrix, <c>adapter.json</c> says how they are to be
/// used and on which weights. On any others it is refused: it would compute something, and nothing that was learned.
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

    private AdapterFile(string folder, LoraConfig lora, AdapterBaseModel baseModel) => (_folder, Lora, BaseModel) = (folder, lora, baseModel);

    /// <summary>Size and strength of the adapter.</summary>
    public LoraConfig Lora { get; }

    /// <summary>The weights it was trained on.</summary>
    public AdapterBaseModel BaseModel { get; }

    /// <summary>True where a folder holds an adapter.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Writes an adapter.</summary>
    /// <param name="folder">Where to; it exists.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseModel">The weights it was trained on.</param>
    public static void Save(string folder, Adapter adapter, AdapterBaseModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(baseModel);
        ParameterFile.Save(Path.Combine(folder, WeightsName), [("", adapter.Parameters)]);
        var lora = adapter.Lora;
        var content = new Content(lora.Rank, lora.Alpha, lora.Dropout, lora.Targets, baseModel.Folder, baseModel.Sha256);
        File.WriteAllBytes(Path.Combine(folder, ConfigName), [.. JsonSerializer.SerializeToUtf8Bytes(content, Format), (byte)'\n']);
    }

    /// <summary>Reads what an adapter is, not yet its numbers.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no adapter.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static AdapterFile Open(string folder)
    {
        var file = Path.Combine(folder, ConfigName);
        if (!File.Exists(file)) throw new FileNotFoundException($"{folder} holds no adapter: {ConfigName} is missing.", file);
        try
        {
            var read = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(file), Format) ?? throw new JsonException("It is null.");
            return new(folder, new LoraConfig(read.Rank, read.Alpha, read.Dropout, read.Targets), new(read.Base, read.BaseSha256));
        }
        catch (Exception error) when (error is JsonException or ConfigurationException)
        {
            throw new InvalidDataException($"{file} is damaged: {error.Message}", error);
        }
    }

    /// <summary>Reads the numbers.</summary>
    /// <param name="weights">The weights it is to be used on.</param>
    /// <param name="source">Where those came from, for errors.</param>
    /// <param name="device">Where it goes.</param>
    /// <exception cref="InvalidDataException">It was trained on other weights, or does not fit them; says what differs.</exception>
    public Adapter Load(ParameterTable weights, string source, Device device)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (ParameterHash.Compute(weights) is var found && found != BaseModel.Sha256)
            throw new InvalidDataException(
                $"The adapter in {_folder} was trained on the weights {BaseModel.Sha256} of {BaseModel.Folder}, but {source} holds {found}. Give the weights that it was trained on.");
        return new(Lora, ParameterFile.Load(Path.Combine(_folder, WeightsName), weights.Config, Lora.GetShapes(weights.Config), device));
    }

    private sealed record Content(int Rank, double Alpha, double Dropout, IReadOnlyList<LoraTarget> Targets, string Base, string BaseSha256);
}

/// <summary>The weights that an adapter was trained on.</summary>
/// <param name="Folder">Where they were.</param>
/// <param name="Sha256">Their <see cref="ParameterHash"/>.</param>
public sealed record AdapterBaseModel(string Folder, string Sha256);
