namespace TurkishLlm.Model;

/// <summary>Finds the weights in what <c>torch.save</c> was given: a state dictionary, or one beside an optimizer and a step.</summary>
internal static class StateDictionary
{
    // Where trainers put the weights, when they save more than them.
    private static readonly string[] Places = ["model", "state_dict", "model_state_dict"];

    /// <summary>The tensors by name, in the order of the file.</summary>
    /// <param name="saved">The value of the pickle.</param>
    /// <param name="file">Its name in errors.</param>
    /// <exception cref="InvalidDataException">There are no weights, more than one set of them, or something among them is no tensor.</exception>
    public static IReadOnlyDictionary<string, PyTorchTensor> Find(object? saved, string file)
    {
        if (saved is PyTorchTensor) throw Wrong(file, "it holds a single tensor. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        if (saved is not PickleDictionary dictionary) throw Wrong(file, "it holds no dictionary. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        var entries = dictionary.ByText;
        var places = Places.Where(place => entries.GetValueOrDefault(place) is PickleDictionary).ToArray();
        return places switch
        {
            [var place] => Tensors((PickleDictionary)entries[place]!, file),
            [] when entries.Values.Any(value => value is PyTorchTensor) => Tensors(dictionary, file),
            [] => throw Wrong(file, $"it has no weights, neither at the top nor under {string.Join(", ", Places)}; it has {Keys(entries)}"),
            _ => throw Wrong(file, $"it has weights under {string.Join(" and under ", places)}. Save one of them: torch.save(torch.load(FILE)[\"{places[0]}\"], NEW)"),
        };
    }

    private static Dictionary<string, PyTorchTensor> Tensors(PickleDictionary dictionary, string file)
    {
        if (dictionary.ByText.Count < dictionary.Count) throw Wrong(file, "the name of a weight is not text");
        var others = dictionary.ByText.Where(entry => entry.Value is not PyTorchTensor).Select(entry => entry.Key).ToArray();
        if (others.Length > 0) throw Wrong(file, $"{string.Join(", ", others.Take(8))} among its weights {(others.Length == 1 ? "is no tensor" : "are no tensors")}");
        return dictionary.ByText.ToDictionary(entry => entry.Key, entry => (PyTorchTensor)entry.Value!, StringComparer.Ordinal);
    }

    private static string Keys(IReadOnlyDictionary<string, object?> entries) => entries.Count == 0 ? "nothing" : string.Join(", ", entries.Keys.Take(8)) + (entries.Count > 8 ? ", …" : "");

    private static InvalidDataException Wrong(string file, string what) => new($"{file} is no state dictionary: {what}.");
}
