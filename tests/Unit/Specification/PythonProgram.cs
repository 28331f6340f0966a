using System.Diagnostics;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Runs Python with PyTorch, where it is installed.</summary>
internal static class PythonProgram
{
    /// <summary>Returns the Python that has torch, or skips the test.</summary>
    public static string Require()
    {
        foreach (var python in new[] { "python3", "/usr/bin/python3" })
            try
            {
                Run(python, "-c", "import torch");
                return python;
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
            }
        Assert.Skip("Python has no torch. Install it: ./run setup --pytorch");
        return "";
    }

    /// <summary>Runs a program and returns its output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is its standard error.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(error.Result);
    }
}
