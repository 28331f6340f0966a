using global::Xunit;

namespace TurkishLlm.Specification.Xunit;

/// <summary>Skips or fails a test if the machine lacks something.</summary>
public static class Prerequisite
{
    /// <summary>Skips the test with a reason if something is missing, or fails it where it is required.</summary>
    /// <param name="isMet">True if nothing is missing.</param>
    /// <param name="variable">Environment variable that requires it; not set, empty or 0 to skip.</param>
    /// <param name="reason">What is missing, and how to get it.</param>
    public static void Require(bool isMet, string variable, string reason)
    {
        if (isMet) return;
        var required = Environment.GetEnvironmentVariable(variable);
        if (required is null or "" or "0") Assert.Skip(reason);
        Assert.Fail($"{variable} is {required}. {reason}");
    }
}
