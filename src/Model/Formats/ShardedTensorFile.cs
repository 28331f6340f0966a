using System.Text.Json;
using System.Text.RegularExpressions;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Weights split into several files, with an index that maps each name to its file: <c>model.safetensors.index.json</c> or
/// <c>pytorch_model.bin.index.json</c>.
/// </summary>
/// <remarks>Source: transformers, modeling_utils.py, get_checkpoint_shard_files.</remarks>
public sealed partial class ShardedTensorFile : ITensorFile
{
    /// <summary>The end of the name of an index.</summary>
    public const string IndexExtension = ".index.json";

    private readonly List<ITensorFile> _files;
    private readonly Dictionary<string, ITensorFile> _fileOfName = new(StringComparer.Ordinal);

    private ShardedTensorFile(string path, List<ITensorFile> files)
    {
        (Path, _files) = (path, files);
        foreach (var file in files)
            foreach (var tensor in file.Tensors)
                if (!_fileOfName.TryAdd(tensor.Name, file))
                    throw new InvalidDataException(
                        $"{tensor.Name} is in {_fileOfName[tensor.Name].Path} and in {file.Path}. Copy the files again.");
        Tensors = [.. files.SelectMany(file => file.Tensors)];
    }

    /// <summary>The path of the index.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>
    /// Returns the index that lists a file such as <c>model-00001-of-00003.safetensors</c>; null for other names.
    /// </summary>
    public static string? FindIndex(string file) =>
        ShardName().Match(System.IO.Path.GetFileName(file)) is { Success: true } name
        ? System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(file) ?? "",
            $"{name.Groups["stem"].Value}.{name.Groups["extension"].Value}{IndexExtension}")
        : null;

    /// <summary>Opens all files of an index.</summary>
    /// <exception cref="FileNotFoundException">The index or one of its files does not exist.</exception>
    /// <exception cref="InvalidDataException">The index or a file is damaged, or they do not belong together.</exception>
    public static ShardedTensorFile Open(string index)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (!File.Exists(index)) throw new FileNotFoundException($"There is no index {index}.", index);
        var map = ReadMap(index);
        var folder = System.IO.Path.GetDirectoryName(index) ?? "";
        var names = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var absent = names.Where(name => !File.Exists(System.IO.Path.Combine(folder, name))).ToArray();
        if (absent.Length > 0)
            throw new FileNotFoundException(
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{index} lists {Quantity.Format(names.Length, "file")}, but {string.Join(", ", absent.Take(4))} ")
                + $"{(absent.Length == 1 ? "is" : "are")} missing. Download all files of the model.", index);
        var files = new List<ITensorFile>();
        try
        {
            foreach (var name in names) files.Add(TensorFile.OpenSingle(System.IO.Path.Combine(folder, name)));
            var all = new ShardedTensorFile(index, files);
            if (map.Keys.FirstOrDefault(name => !all._fileOfName.ContainsKey(name)) is { } lost)
                throw new InvalidDataException(
                    $"{index} says that {map[lost]} holds {lost}, but it does not. Download the index and the files again.");
            return all;
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination)
    {
        if (!_fileOfName.TryGetValue(name, out var file))
            throw new InvalidDataException(
                $"{Path} has no tensor \"{name}\".{SpellingSuggestions.FormatHint(name, [.. _fileOfName.Keys.Take(20)])}");
        file.ReadFloat32(name, destination);
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private static Dictionary<string, string> ReadMap(string index)
    {
        using var json = StrictJson.ParseFile(index);
        if (json.RootElement.ValueKind != JsonValueKind.Object
            || !json.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{index} is not an index of weights: it has no object weight_map.");
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            if (name.Length == 0 || name != System.IO.Path.GetFileName(name) || name is "." or "..")
                throw new InvalidDataException(
                    $"{index}: the file of {entry.Name} is {entry.Value.GetRawText()}; it must be a plain file name.");
            files.Add(entry.Name, name);
        }
        return files.Count > 0 ? files : throw new InvalidDataException($"{index} is not an index of weights: it lists none.");
    }

    [GeneratedRegex(@"^(?<stem>.+)-\d{5}-of-\d{5}\.(?<extension>safetensors|bin)$", RegexOptions.CultureInvariant)]
    private static partial Regex ShardName();
}
