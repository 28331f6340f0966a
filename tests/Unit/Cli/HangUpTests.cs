using FluentAssertions;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>What is written to a terminal that was closed is discarded; other errors of writing are reported.</summary>
public sealed class HangUpTests
{
    private const int InputOutputError = 5, NoSpace = 28;

    [Fact]
    public void Nothing_more_is_written_after_the_terminal_was_closed()
    {
        using var inner = new FailingWriter(InputOutputError);
        using var writer = new HangUpTolerantWriter(inner);
        writer.Write("bir");
        writer.WriteLine("iki");
        writer.Write('c');
        writer.Write(['a', 'b'], 0, 2);
        writer.Flush();
        inner.Attempts.Should().Be(1);
    }

    [Theory]
    [InlineData(InputOutputError - 1)]
    [InlineData(InputOutputError + 1)]
    [InlineData(NoSpace)]
    public void Other_errors_are_reported(int code)
    {
        using var writer = new HangUpTolerantWriter(new FailingWriter(code));
        foreach (var write in new Action[] { () => writer.Write("bir"), () => writer.WriteLine("iki"), () => writer.Write('c') })
            write.Should().Throw<IOException>().Which.HResult.Should().Be(code);
    }

    [Fact]
    public void Text_is_passed_on()
    {
        using var inner = new StringWriter { NewLine = "\n" };
        using var writer = new HangUpTolerantWriter(inner);
        writer.Write("bir ");
        writer.Write('2');
        writer.Write(['x', ' ', '3'], 1, 2);
        writer.WriteLine(" dört");
        inner.ToString().Should().Be("bir 2 3 dört\n");
    }

    private sealed class FailingWriter(int code) : StringWriter
    {
        public int Attempts { get; private set; }

        public override void Write(char value) => Fail();

        public override void Write(string? value) => Fail();

        public override void Write(char[] buffer, int index, int count) => Fail();

        public override void WriteLine(string? value) => Fail();

        private void Fail()
        {
            Attempts++;
            throw new IOException("failed", code);
        }
    }
}
