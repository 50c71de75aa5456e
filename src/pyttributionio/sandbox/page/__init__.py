"""The web page under `/_sandbox/`, and the snippet.

- `app`: the routes of the page; `data` and `stream` have the JSON that it reads.
- `files`: the files of `web/`, which are HTML, CSS and JavaScript.
- `code_samples`, `curl_sample`, `python_sample`: a request as a command or program that sends it again.
"""
