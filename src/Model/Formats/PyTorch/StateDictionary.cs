namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// Finds the weights in the object passed to <c>torch.save</c>: a state dictionary, or a dictionary that contains one.
/// </summary>
internal static class StateDictionary
{
    // Keys that trainers use for the weights if they save more than the weights.
    private static readonly string[] WeightKeys = ["model", "state_dict", "model_state_dict"];

    /// <summary>Returns the tensors by name, in the order of the file.</summary>
    /// <param name="saved">The value of the pickle.</param>
    /// <param name="file">File name for error messages.</param>
    /// <exception cref="InvalidDataException">
    /// There are no weights, several sets of weights, or a weight that is not a tensor.
    /// </exception>
    public static IReadOnlyDictionary<string, PyTorchTensor> Find(object? saved, string file)
    {
        if (saved is PyTorchTensor)
            throw CreateException(
                file, "it holds a single tensor. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        if (saved is not PickleDictionary dictionary)
            throw CreateException(
                file, "it does not hold a dictionary. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        var entries = dictionary.StringEntries;
        var places = WeightKeys.Where(place => entries.GetValueOrDefault(place) is PickleDictionary).ToArray();
        return places switch
        {
            [var place] => GetTensors((PickleDictionary)entries[place]!, file),
            [] when entries.Values.Any(value => value is PyTorchTensor) => GetTensors(dictionary, file),
            [] => throw CreateException(
                file, $"it has no weights at the top level or under {string.Join(", ", WeightKeys)}; it has "
                + $"{DescribeKeys(entries)}"),
            _ => throw CreateException(
                file, $"it has weights under {string.Join(" and under ", places)}. Save one of them: "
                    + $"torch.save(torch.load(FILE)[\"{places[0]}\"], NEW)"),
        };
    }

    private static Dictionary<string, PyTorchTensor> GetTensors(PickleDictionary dictionary, string file)
    {
        if (dictionary.StringEntries.Count < dictionary.Count) throw CreateException(file, "the name of a weight is not text");
        var others = dictionary
            .StringEntries.Where(entry => entry.Value is not PyTorchTensor)
            .Select(entry => entry.Key)
            .ToArray();
        if (others.Length > 0) throw CreateException(file, $"{string.Join(", ", others.Take(8))} among its weights "
            + $"{(others.Length == 1 ? "is not a tensor" : "are not tensors")}");
        return dictionary.StringEntries.ToDictionary(
            entry => entry.Key,
            entry => (PyTorchTensor)entry.Value!,
            StringComparer.Ordinal);
    }

    private static string DescribeKeys(IReadOnlyDictionary<string, object?> entries) =>
        entries.Count == 0 ? "nothing" : string.Join(", ", entries.Keys.Take(8)) + (entries.Count > 8 ? ", …" : "");

    private static InvalidDataException CreateException(string file, string what) =>
        new($"{file} is not a state dictionary: {what}.");
}
