using System.Globalization;
using System.Text;
using Spectre.Console;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>A terminal that does what the sequences in its input say, as far as live areas use them.</summary>
internal sealed class TerminalScreen : TextWriter
{
    private readonly List<StringBuilder> _rows = [new()];
    private readonly StringBuilder _sequence = new();
    private int _row, _column;

    public TerminalScreen(int width, int height)
    {
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(this),
        });
        Resize(width, height);
    }

    public IAnsiConsole Console { get; }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>All rows that were written, also those that scrolled off the screen.</summary>
    public string[] Rows => [.. _rows.Select(row => row.ToString().TrimEnd())];

    public void Resize(int width, int height) => (Console.Profile.Width, Console.Profile.Height) = (width, height);

    /// <summary>Wraps all rows to another width, as terminals do when the user drags their edge.</summary>
    public void ResizeAndWrap(int width, int height)
    {
        Resize(width, height);
        var wrapped = _rows.SelectMany(row => Wrap(row.ToString().TrimEnd(), width)).ToList();
        _rows.Clear();
        _rows.AddRange(wrapped);
        (_row, _column) = (_rows.Count - 1, _rows[^1].Length);
    }

    public override void Write(char value)
    {
        if (_sequence.Length > 0 || value == '\u001b')
        {
            _sequence.Append(value);
            if (!char.IsAsciiLetter(value)) return;
            Execute(_sequence.ToString());
            _sequence.Clear();
        }
        else if (value == '\r') _column = 0;
        else if (value == '\n') MoveDown();
        else
        {
            if (_column == Console.Profile.Width) MoveDown();
            while (_rows[_row].Length <= _column) _rows[_row].Append(' ');
            _rows[_row][_column++] = value;
        }
    }

    private void Execute(string sequence)
    {
        var number = sequence[2..^1];
        switch (sequence[^1])
        {
            case 'A':
                _row = Math.Max(Top, _row - int.Parse(number, CultureInfo.InvariantCulture));
                break;
            case 'H':
                (_row, _column) = (Top, 0);
                break;
            case 'J' when number == "2":
                foreach (var row in _rows.Skip(Top)) row.Clear();
                break;
            case 'J':
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                if (_rows[_row].Length > _column) _rows[_row].Length = _column;
                break;
            case 'm':
                break;
            default:
                throw new NotSupportedException(sequence);
        }
    }

    private int Top => Math.Max(0, _rows.Count - Console.Profile.Height);

    private void MoveDown()
    {
        if (++_row == _rows.Count) _rows.Add(new());
        _column = 0;
    }

    private static IEnumerable<StringBuilder> Wrap(string row, int width) =>
        row.Length == 0 ? [new()] : row.Chunk(width).Select(part => new StringBuilder(new string(part)));
}
