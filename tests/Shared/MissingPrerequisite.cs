namespace TurkishLlm.Tests.Shared;

/// <summary>Skips or fails a test if the machine lacks something.</summary>
internal static class MissingPrerequisite
{
    /// <summary>
    /// Set to 1 by <c>--gpu-required</c>: where a CUDA device is paid for, a suite that skipped would look as good as one that
    /// passed.
    /// </summary>
    public const string Variable = "TURKISHLLM_GPU_REQUIRED";

    /// <summary>Skips the test, or fails it for the same reason where the thing is required.</summary>
    /// <param name="required">The value of <see cref="Variable"/>.</param>
    /// <param name="reason">What is missing, and how to come by it.</param>
    public static void SkipOrFail(string? required, string reason)
    {
        if (required is null or "" or "0") Assert.Skip(reason);
        Assert.Fail($"{Variable} is {required}. {reason}");
    }
}
