using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Files;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// Standard input, JSON output and encodings of commands. Only what depends on the process runs in a separate one.
/// </summary>
public sealed class InputTests
{
    private static readonly string Tokenizer = ReferenceRun.Plan.Data.Tokenizer;

    [Fact]
    public async Task Encode_and_decode_read_what_the_other_prints()
    {
        const string text = "Ağaçlar \"ışıkta\"\nbüyür: İĞÜŞÖÇ 😀";
        var encoded = await Run(text + "\n", ["tokenizer", "encode", Tokenizer, "--json"]);
        using (var json = JsonDocument.Parse(encoded.Output))
            json.RootElement.GetProperty("ids").GetArrayLength().Should()
                .Be(json.RootElement.GetProperty("tokens").GetArrayLength()).And.BeGreaterThan(10);
        (await Run(encoded.Output, ["tokenizer", "decode", Tokenizer])).Output.Should().Be(text + "\n");

        var ids = StartProgram(text, ["tokenizer", "encode", Tokenizer, "-"]).Output.Split('\n')[0];
        var decoded = await Run(ids, ["tokenizer", "decode", Tokenizer, "-", "--json"]);
        using (var json = JsonDocument.Parse(decoded.Output)) json.RootElement.GetProperty("text").GetString().Should().Be(text);
        (await Run("", ["tokenizer", "encode", Tokenizer, text])).Output.Split('\n')[0]
            .Should().Be(ids, "an argument is the same text");
    }

    [Fact]
    public async Task Utf_16_with_its_mark_is_read()
    {
        var plain = await Run("Şişli'de ılık çay", ["tokenizer", "encode", Tokenizer]);
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            byte[] input = [.. encoding.GetPreamble(), .. encoding.GetBytes("Şişli'de ılık çay")];
            (await Run(input, ["tokenizer", "encode", Tokenizer])).Should().Be(plain);
        }
    }

    [Theory]
    [InlineData("tokenizer", "encode")]
    [InlineData("tokenizer", "decode")]
    public async Task Windows_1254_is_refused_with_the_iconv_line(params string[] command)
    {
        var ran = await Run([0xDE, 0x69, 0xFE, 0x6C, 0x69], [.. command, Tokenizer]);
        (ran.Code, ran.Output).Should().Be((2, ""));
        ran.Errors.Should().StartWith("standard input is not valid UTF-8").And.Contain("iconv -f WINDOWS-1254 -t UTF-8");
    }

    [Theory]
    [InlineData("POSIX")]
    [InlineData("en_US.ISO-8859-1")]
    [InlineData("tr_TR.ISO-8859-9")]
    public void Output_and_arguments_are_utf_8_in_every_locale(string locale)
    {
        var ran = StartProgram("", ["tokenizer", "encode", Tokenizer, "ışığıŞİ"], locale);
        ran.Output.Should().Contain("ış").And.NotContain("?").And.NotContain("�");
        StartProgram("", ["runs", "show", "yok/ışığa"], locale).Errors.Should().Contain("yok/ışığa");
    }

    [Fact]
    public void An_argument_that_is_not_utf_8_is_named_as_such()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Arguments are UTF-16 on Windows.");
        // printf writes the bytes; .NET could not pass them.
        var program = Path.Combine(AppContext.BaseDirectory, "turkishllm.dll");
        var ran = Start("/bin/sh", ["-c", $"dotnet '{program}' runs show \"$(printf 'runs/\\376ehir')\""], [], locale: null);
        (ran.Code, ran.Output).Should().Be((2, ""));
        ran.Errors.Should().StartWith("The argument runs/\uFFFDehir is not UTF-8.").And.Contain("convmv -f ISO-8859-9 -t UTF-8");
    }

    [Fact]
    public void A_reader_that_ends_early_is_no_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no head.");
        var program = Path.Combine(AppContext.BaseDirectory, "turkishllm.dll");
        var ran = Start(
            "/bin/bash", ["-c", $"dotnet '{program}' spec list --markdown | head -1; exit ${{PIPESTATUS[0]}}"], [], locale: "C");
        ran.Should().Be(new Result(0, "# The specification\n", ""));
    }

    private static Task<Result> Run(string input, string[] arguments) => Run(Encoding.UTF8.GetBytes(input), arguments);

    // In the process of the test: standard input is a stream of bytes there too.
    private static async Task<Result> Run(byte[] input, string[] arguments)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var terminal = new ChatTerminal(
            TextFile.OpenText(new MemoryStream(input), "standard input"), isInteractive: false, isRedirected: true);
        var code = await CommandLine.RunAsync(
            arguments, output, errors, program: null, terminal, TestContext.Current.CancellationToken);
        return new(code, output.ToString(), errors.ToString());
    }

    private static Result StartProgram(string input, string[] arguments, string? locale = null) => Start(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "turkishllm.dll"), .. arguments], Encoding.UTF8.GetBytes(input),
        locale);

    private static Result Start(string program, string[] arguments, byte[] input, string? locale)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        if (locale is not null) start.Environment["LC_ALL"] = locale;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.Result);
    }

    private sealed record Result(int Code, string Output, string Errors);
}
