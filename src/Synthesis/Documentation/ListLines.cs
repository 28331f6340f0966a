namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Collects the lines of a list: the first line of an item has its mark, further lines are indented below it, and the items of a
/// list inside an item are indented by two spaces.
/// </summary>
internal sealed class ListLines
{
    private readonly List<string> _lines = [];
    private readonly List<string> _links = [];
    private readonly Stack<(string? Mark, string Indent)> _outer = [];
    private string? _mark;
    private string _indent = "";

    /// <summary>True inside a list.</summary>
    public bool IsOpen => _outer.Count > 0;

    /// <summary>Begins a list, which may be inside an item of another.</summary>
    public void Begin()
    {
        _outer.Push((_mark, _indent));
        (_mark, _indent) = (null, Indent);
    }

    /// <summary>Begins an item.</summary>
    /// <param name="mark">A hyphen, or a number and a point.</param>
    public void BeginItem(string mark)
    {
        _mark = $"{Indent}{mark} ";
        _indent = new(' ', _mark.Length);
    }

    /// <summary>Adds a line to the current item.</summary>
    public void Add(string text, IEnumerable<string> links)
    {
        _links.AddRange(links);
        if (text.Length == 0) return;
        _lines.Add((_mark ?? _indent) + text);
        _mark = null;
    }

    /// <summary>Ends a list. Returns true if it was not inside another.</summary>
    public bool End()
    {
        (_, _indent) = _outer.Pop();
        _mark = null;
        return _outer.Count == 0;
    }

    /// <summary>Returns the lines so far and clears them. A numbered item without text is a line with its number.</summary>
    public (string Text, List<string> Links) Take()
    {
        if (_mark is not null && _mark.TrimEnd().EndsWith('.'))
        {
            _lines.Add(_mark.TrimEnd());
            _mark = null;
        }
        var taken = (string.Join('\n', _lines), new List<string>(_links));
        _lines.Clear();
        _links.Clear();
        return taken;
    }

    private string Indent => new(' ', 2 * (_outer.Count - 1));
}
