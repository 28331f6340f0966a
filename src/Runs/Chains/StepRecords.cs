using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Runs.Chains;

/// <summary>The records of steps: one file per step, named for its first output, so that chains can share steps.</summary>
/// <param name="folder">Folder of the records.</param>
public sealed class StepRecords(string folder)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>File of the digests of files; see <see cref="ContentDigests"/>.</summary>
    public string DigestsFile => Path.Combine(folder, "digests.json");

    /// <summary>Returns the file of the record of a step.</summary>
    /// <param name="output">First output of the step, as its plan has it.</param>
    public string GetFile(string output) => Path.Combine(
        folder,
        string.Join('+', Path.TrimEndingDirectorySeparator(output).Split('/', '\\', ':')) + ".json");

    /// <summary>Reads the record of a step; null without one.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it.</exception>
    public StepRecord? Read(string output)
    {
        var file = GetFile(output);
        return File.Exists(file) ? StrictJson.DeserializeFile<StepRecord>(file, Json) : null;
    }

    /// <summary>Reads all records of a kind of step.</summary>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public IEnumerable<StepRecord> ReadAll(string verb) =>
        !Directory.Exists(folder) ? []
        : Directory.EnumerateFiles(folder, "*.json")
            .Where(file => file != DigestsFile)
            .Order(StringComparer.Ordinal)
            .Select(file => StrictJson.DeserializeFile<StepRecord>(file, Json))
            .Where(record => record.Verb == verb);

    /// <summary>Writes the record of a step atomically.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string output, StepRecord record) =>
        AtomicFile.Write(GetFile(output), stream => JsonSerializer.Serialize(stream, record, Json));

    /// <summary>Locks a chain, so that one process at a time runs it. The lock ends with the process.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <exception cref="IOException">Another process runs the chain.</exception>
    public FileStream Lock(string chain)
    {
        var file = Path.Combine(folder, $".{chain}.lock");
        LinkTarget.CreateDirectory(folder);
        try
        {
            return new(
                file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new IOException(
                $"Another process runs the chain {chain} (it has locked {file}). Wait for it to end, or stop it.", error);
        }
    }
}
