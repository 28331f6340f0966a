using System.Text;
using Spectre.Console;
using Spectre.Console.Advanced;
using Spectre.Console.Rendering;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Redraws a few lines at the bottom of a terminal, below lines that scroll.</summary>
/// <remarks>
/// A terminal that becomes narrower wraps what is on it, so afterwards nothing is where it was drawn. The area then clears the
/// screen and writes its newest lines again, as programs that fill the screen do. Each frame is one write, and the cursor stays
/// visible: a process killed at any moment leaves a usable terminal.
/// </remarks>
public sealed class LiveArea : IDisposable
{
    private readonly IAnsiConsole _console;
    private readonly Lock _lock = new();
    private readonly RecentLines _lines;
    private string[] _frame = [];
    private (int Width, int Height) _size;
    private IRenderable? _content;
    private bool _isClosed;

    /// <summary>Creates an area. Nothing is drawn before the first update.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="lines">The lines above the area; new ones are added.</param>
    public LiveArea(IAnsiConsole console, RecentLines lines)
    {
        (_console, _lines) = (console, lines);
        _size = GetSize();
        Active = this;
    }

    /// <summary>The open area of the process, or null.</summary>
    public static LiveArea? Active { get; private set; }

    /// <summary>Draws other content.</summary>
    public void Update(IRenderable content)
    {
        lock (_lock)
        {
            _content = content;
            if (!_isClosed) Draw(line: null);
        }
    }

    /// <summary>Writes a line above the area.</summary>
    public void WriteLine(string text)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                Write(text + "\n");
                return;
            }
            _lines.Add(text);
            Draw(text);
        }
    }

    /// <summary>Removes the content, so that what follows is written in its place.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _content = null;
            Draw(line: null);
        }
    }

    /// <summary>Leaves the last content on the screen; what follows is written below it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            if (GetSize() != _size) Draw(line: null);
            if (_frame.Length > 0) Write("\n");
            _isClosed = true;
            if (Active == this) Active = null;
        }
    }

    private void Draw(string? line)
    {
        var size = GetSize();
        var text = new StringBuilder();
        if (size.Width == _size.Width && size.Height > _frame.Length)
        {
            // To the first column of the first line, and clear to the end of the screen.
            text.Append('\r').Append(_frame.Length > 1 ? $"\u001b[{_frame.Length - 1}A" : "").Append("\u001b[J");
            if (line is not null) text.Append(line).Append('\n');
        }
        else
        {
            text.Append("\u001b[2J\u001b[H");
            var rows = size.Height - Render(size).Length - 1;
            foreach (var earlier in _lines.TakeLast(rows, size.Width)) text.Append(earlier).Append('\n');
        }
        _size = size;
        _frame = Render(size);
        Write(text.AppendJoin('\n', _frame).ToString());
    }

    private string[] Render((int Width, int Height) size)
    {
        if (_content is null) return [];
        var lines = _console.ToAnsi(_content).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        return lines.Length < size.Height ? lines : lines[..Math.Max(1, size.Height - 1)];
    }

    private (int Width, int Height) GetSize() => (Math.Max(1, _console.Profile.Width), Math.Max(2, _console.Profile.Height));

    private void Write(string text)
    {
        _console.Profile.Out.Writer.Write(text);
        _console.Profile.Out.Writer.Flush();
    }
}
