"""The same requests to Parse Server 9 and to Parsonage, and what each answers."""
